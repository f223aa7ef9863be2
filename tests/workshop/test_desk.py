"""Work asked for, by a real workshop: limits, kills, fairness, what is done once."""

import gc
import hashlib
import os
import signal
import sys
import threading
import time
import tracemalloc
from collections.abc import Iterator
from pathlib import Path

import psutil
import pytest

from cnnlab import limits, shelf
from cnnlab.models import MODELS
from cnnlab.specs import SpecError
from cnnlab.summary.jobs import MEMORY, REPORT, WALKS, asked
from cnnlab.summary.view import View
from cnnlab.workshop.desk import Here, Workshop, held_bytes
from cnnlab.workshop.errands import Errand
from cnnlab.workshop.plain import packed, unpacked
from tests.workshop.table import KINDS, Asked

TABLE = "tests.workshop.table:KINDS"


@pytest.fixture(scope="module")
def workshop() -> Iterator[Workshop]:
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("CNNLAB_LIGHT_SECONDS", "2")
        patch.setenv("CNNLAB_LIGHT_BYTES", str(256 << 20))
        shop = Workshop(TABLE)
        shop.open()
        yield shop
        shop.close()


def refusal(desk, kind: str, word: str) -> str:
    with pytest.raises(SpecError) as caught:
        desk.value(KINDS[kind], Asked(word))
    return str(caught.value)


@pytest.fixture(params=["here", "workshop"])
def desk(request):
    return Here() if request.param == "here" else request.getfixturevalue("workshop")


def test_an_answer_is_the_same_wherever_it_is_worked_out(workshop):
    answers = {kind: workshop.value(KINDS[kind], Asked("3")) for kind in ("light.draw", "heavy.draw")}
    assert answers["light.draw"] == answers["heavy.draw"] == Here().value(KINDS["light.draw"], Asked("3"))


def test_the_same_job_is_done_once(desk):
    first, second = (desk.value(KINDS["light.moment"], Asked("same")) for _ in range(2))
    assert first == second
    assert desk.value(KINDS["light.moment"], Asked("other")) != first


def test_the_same_job_asked_for_by_many_at_once_is_done_once(workshop):
    tickets = [workshop.ask(KINDS["light.slow_moment"], Asked("many"), str(visitor)) for visitor in range(20)]
    assert len({ticket.result() for ticket in tickets}) == 1


def test_a_refusal_reaches_whoever_asked(desk):
    assert refusal(desk, "light.refuse", "x") == "x is refused."
    assert refusal(desk, "light.leave", "x") == "The code of this model ends the program: exit(3)."


def test_a_refusal_reaches_a_server_that_does_not_know_its_class(workshop):
    assert refusal(workshop, "light.refuse_otherwise", "x") == "x is refused otherwise."


def test_an_answer_that_cannot_be_read_ends_nothing_else(workshop, caplog):
    text = refusal(workshop, "light.answer_with_what_is_not_known", "x")
    assert text.split("number ")[1].split()[0] in caplog.text
    assert workshop.ask(KINDS["light.echo"], Asked("after it")).result(10)[0] == "after it"


def test_what_was_missing_is_looked_for_again():
    desk = Here()
    digest = hashlib.sha256(b"mine").hexdigest()
    assert refusal(desk, "light.shelved", digest) == "The file that was uploaded is no longer here: upload it again."
    held = shelf.keep(b"mine")
    assert desk.value(KINDS["light.shelved"], Asked(digest)) == b"mine"
    shelf.release(held)


def test_a_job_that_is_dropped_while_its_answer_comes_is_finished_once():
    errand = Errand(KINDS["light.echo"].job(Asked()), KINDS["light.echo"])
    errand.finish("first")
    errand.finish("second")
    assert errand.future.result() == "first"


def test_what_is_kept_counts_its_question():
    desk = Here()
    desk.value(KINDS["light.echo"], Asked("x"))
    short = desk.store.held
    desk.value(KINDS["light.echo"], Asked("x" * limits.LINK_NAME))
    assert desk.store.held - 2 * short >= limits.LINK_NAME - 1


@pytest.mark.parametrize("kind", [REPORT, MEMORY, WALKS], ids=lambda kind: kind.name)
def test_what_is_kept_counts_the_objects_of_an_answer(kind):
    question = asked(View(model=MODELS["densenet121"]()))
    answer = packed(Here().value(kind, question))
    gc.collect()
    tracemalloc.start()
    value = unpacked(answer)
    taken = tracemalloc.get_traced_memory()[0]
    tracemalloc.stop()
    assert taken <= held_bytes(Errand(kind.job(question), kind), value, len(answer)) <= 3 * taken


def test_a_question_that_cannot_be_sent_takes_no_worker(workshop):
    for number in range(2 * (os.cpu_count() or 1)):
        with pytest.raises(UnicodeEncodeError):
            workshop.ask(KINDS["light.echo"], Asked(f"\ud800 {number}"))
    assert workshop.ask(KINDS["light.echo"], Asked("sent")).result(10)[0] == "sent"


def test_who_waits_cannot_cancel_it_for_others(workshop):
    one, other = (workshop.ask(KINDS["light.slow_moment"], Asked("shared"), visitor) for visitor in "ab")
    one.future.cancel()
    assert isinstance(other.result(10), int)


def test_a_worker_that_is_killed_while_it_is_idle_is_replaced(workshop):
    process = workshop.process_id
    workers = {workshop.value(KINDS["light.echo"], Asked(f"who {n}"))[1] for n in range(10)}
    for worker in workers:
        os.kill(worker, signal.SIGKILL)

    def replaced() -> bool:
        try:
            return workshop.value(KINDS["light.echo"], Asked("replaced"))[1] not in workers
        except SpecError:  # it was given to a worker that had just ended
            return False

    until(replaced)
    assert workshop.process_id == process


@pytest.mark.skipif(sys.platform != "linux", reason="/proc")
def test_a_worker_cannot_speak_to_the_server(workshop):
    assert workshop.value(KINDS["light.sockets"], Asked()) == 0


def test_an_error_that_was_not_foreseen_has_a_number_that_is_in_the_log(caplog):
    text = refusal(Here(), "light.fail", "x")
    number = text.split("number ")[1].split()[0]
    assert number in caplog.text
    assert "KeyError: 'x'" in caplog.text


def test_what_answers_too_much_is_refused(desk):
    size = limits.ANSWER_BYTES + 1
    assert refusal(desk, "light.flood", str(size)) == (
        "The answer takes 16 MB, and 16 MB are allowed here: choose something smaller."
    )


@pytest.mark.parametrize("kind", ["light.take", "light.take_in_python"])
def test_memory_is_bounded_by_the_system(workshop, kind):
    assert refusal(workshop, kind, str(2**30)) == (
        "This takes more than the 268 MB of memory that are allowed here: choose something smaller."
    )
    assert workshop.value(KINDS[kind], Asked("1000")) == 1000


@pytest.mark.skipif(sys.platform != "linux", reason="Linux alone lets a process say that it may go first")
def test_a_system_without_memory_ends_jobs_first(workshop):
    _word, worker = workshop.value(KINDS["light.echo"], Asked("first to go"))
    assert Path(f"/proc/{worker}/oom_score_adj").read_text() == "1000\n"


def test_time_is_bounded(workshop):
    assert refusal(workshop, "light.spin", "x") == (
        "This was ended after the 2 s that are allowed here: choose something smaller."
    )
    assert "ended after" in str(workshop.kept(KINDS["light.spin"].job(Asked("x"))))  # that is remembered for a while


def test_a_worker_that_is_killed_loses_nothing_but_its_job(workshop):
    ended = "The process that worked on this has ended; nothing else is lost. Ask for it again."
    others = [workshop.ask(KINDS["light.echo"], Asked(f"beside {n}"), "b") for n in range(10)]
    assert refusal(workshop, "light.crash", "x") == ended
    assert [other.result()[0] for other in others] == [f"beside {n}" for n in range(10)]
    assert refusal(workshop, "light.crash", "x") == ended  # asked again, it is tried again


def test_workers_that_die_idle_are_replaced_and_the_workshop_stays(workshop):
    assert workshop.value(KINDS["light.echo"], Asked("before"))[0] == "before"
    process = psutil.Process(workshop.process_id)
    idle = process.children()
    for worker in idle:
        worker.kill()
    psutil.wait_procs(idle, timeout=5)
    time.sleep(0.5)
    for kind in ("light.echo", "heavy.echo"):
        assert workshop.value(KINDS[kind], Asked("after idle deaths"))[0] == "after idle deaths"
    assert workshop.process_id == process.pid


def test_a_job_that_nobody_wants_any_more_is_stopped(workshop):
    two = [workshop.ask(KINDS["heavy.sleep"], Asked("20"), visitor) for visitor in "ab"]
    until(lambda: two[0].progress is not None)
    two[0].drop()
    assert not two[1].future.done()  # the other still wants it
    assert workshop.value(KINDS["light.echo"], Asked("meanwhile"))[0] == "meanwhile"
    two[1].drop()
    with pytest.raises(SpecError, match="has ended"):
        two[1].result()
    assert workshop.ask(KINDS["heavy.echo"], Asked("after")).result(15)[0] == "after"


def test_a_heavy_job_leaves_no_process_behind_for_the_next(workshop):
    first, second = (workshop.value(KINDS["heavy.echo"], Asked(word))[1] for word in ("one", "two"))
    assert first != second


def test_light_work_is_not_stuck_behind_heavy(workshop):
    heavy = [workshop.ask(KINDS["heavy.sleep"], Asked(f"{9 + n / 10}"), "greedy") for n in range(10)]
    assert workshop.value(KINDS["light.echo"], Asked("quick"))[0] == "quick"
    assert heavy[-1].place > 0
    for ticket in heavy:
        ticket.drop()


def test_visitors_take_turns(workshop):
    greedy = [workshop.ask(KINDS["light.nap"], Asked(f"{n}"), "greedy") for n in range(40)]
    modest = workshop.ask(KINDS["light.echo"], Asked("modest"), "modest")
    modest.result(timeout=5)
    assert sum(ticket.future.done() for ticket in greedy) < 20
    for ticket in greedy:
        ticket.drop()


@pytest.mark.parametrize(("lane", "seconds"), [("light", "1.9"), ("heavy", "30.")])
def test_a_worker_is_left_for_the_others_whatever_one_visitor_asks(workshop, lane, seconds):
    greedy = [workshop.ask(KINDS[f"{lane}.sleep"], Asked(f"{seconds}{n}"), "greedy") for n in range(9)]
    until(lambda: greedy[0].progress is not None)
    for n in range(2):
        workshop.ask(KINDS[f"{lane}.echo"], Asked(f"between {n}"), "modest").result(timeout=20)
    assert not any(ticket.future.done() for ticket in greedy)
    for ticket in greedy:
        ticket.drop()


def test_a_job_tells_how_far_it_is(workshop):
    ticket = workshop.ask(KINDS["heavy.sleep"], Asked("2"))
    until(lambda: ticket.progress and ticket.progress[0] > 2)
    assert ticket.progress[1] == 10
    assert ticket.result() == "slept"


def test_the_workshop_is_started_again_when_it_dies(workshop):
    running = workshop.ask(KINDS["heavy.sleep"], Asked("15"))
    until(lambda: running.progress is not None)
    children = psutil.Process(workshop.process_id).children(recursive=True)
    os.kill(workshop.process_id, signal.SIGKILL)
    with pytest.raises(SpecError, match="Ask for it again"):
        running.result(timeout=10)
    assert workshop.value(KINDS["light.echo"], Asked("a new one"))[0] == "a new one"
    _gone, alive = psutil.wait_procs(children, timeout=5)
    assert alive == []  # nobody works on for a dead workshop


def test_what_waits_while_the_workshop_starts_is_done_when_it_is_there():
    shop = Workshop(TABLE)
    ticket = shop.ask(KINDS["light.echo"], Asked("early"))
    assert not shop.ready
    shop.open()
    assert ticket.result(timeout=60)[0] == "early"
    process = psutil.Process(shop.process_id)
    shop.close()
    process.wait(timeout=10)


def test_many_threads_may_ask(workshop):
    answers: list[str] = []

    def ask(visitor: int) -> None:
        for number in range(20):
            word = f"{visitor % 3} {number}"
            answers.append(workshop.ask(KINDS["light.echo"], Asked(word), str(visitor)).result()[0] == word)

    threads = [threading.Thread(target=ask, args=(visitor,)) for visitor in range(12)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert answers == [True] * 240


def until(holds, seconds: float = 20) -> None:
    deadline = time.monotonic() + seconds
    while not holds():
        assert time.monotonic() < deadline
        time.sleep(0.01)
