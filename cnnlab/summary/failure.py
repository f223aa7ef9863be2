def explain(model, done, report, fixes):
    raise done.error
