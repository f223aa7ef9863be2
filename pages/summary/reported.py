"""What the workshop says of a view's model."""

from cnnlab.summary.answers import Summarised
from cnnlab.summary.jobs import asked, report_of
from cnnlab.summary.view import View
from cnnlab.training.named import checkpoint_of
from pages.shared.language import _
from pages.shared.work import done


def reported(view: View) -> Summarised:
    """The summary, the same for all who look at the same; SpecError where the model cannot be made, or its weights are gone."""
    if view.learnt:
        checkpoint_of(view.learnt.run, f"{view.learnt.which}.pt", view.learnt.step)
    return done(report_of(view), asked(view), _("Running the model …"))
