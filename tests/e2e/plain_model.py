"""A model file read, applied and measured once more, the slow and obvious way."""

import collections
import math


def columns_of(feature, text):
    """What a table's cell is to the model: one number a column (docs/formats/model_file.md)."""
    if feature["kind"] == "category":
        known = [float(text == category) for category in feature["categories"]]
        return [*known, float(sum(known) == 0)]
    assert feature["missingShare"] == 0, "not needed so far"
    x = min(max(float(text), feature["lowest"]), feature["highest"])
    return [(x - feature["mean"]) / feature["sd"]]


def encoded(model, row):
    """Feature by feature, the columns of a row of a table."""
    cells = [next(row[name] for name in f["columns"] if name in row) for f in model["features"]]
    return [columns_of(f, cell) for f, cell in zip(model["features"], cells)]


def logistic(margin):
    return 1 / (1 + math.exp(-margin)) if margin >= 0 else math.exp(margin) / (1 + math.exp(margin))


def probability(model, row):
    flat = [x for columns in encoded(model, row) for x in columns]
    assert len(flat) == len(model["weights"])
    return logistic(model["intercept"] + math.fsum(w * x for w, x in zip(model["weights"], flat)))


def effects(model, row):
    """How far each feature moves the log-odds from the average training row's."""
    weights, found = iter(model["weights"]), {}
    for feature, columns in zip(model["features"], encoded(model, row)):
        average = [0.0]
        if feature["kind"] == "category":
            average = [*feature["shares"], feature["otherShare"]]
        found[feature["name"]] = math.fsum(
            next(weights) * (x - mean) for x, mean in zip(columns, average)
        )
    return found


def steepest_slope(model, rows, outcomes, l2=1.0):
    """The greatest slope, at the model, of what training minimises: 0 where that is least.

    Σ log(1 + exp(−y·(b + w·x))) + λ/2·|w|², the intercept left free.
    """
    slopes = [[l2 * w] for w in model["weights"]] + [[]]
    for row, outcome in zip(rows, outcomes):
        flat = [x for columns in encoded(model, row) for x in columns] + [1.0]
        weights = [*model["weights"], model["intercept"]]
        error = logistic(sum(w * x for w, x in zip(weights, flat))) - outcome
        for at, x in enumerate(flat):
            if x:
                slopes[at].append(error * x)
    return max(abs(math.fsum(each)) for each in slopes)


def by_score(scores, outcomes):
    """(rows, positives) of each score, the greatest first."""
    groups = collections.defaultdict(lambda: [0, 0])
    for score, outcome in zip(scores, outcomes):
        groups[score][0] += 1
        groups[score][1] += outcome
    return [groups[score] for score in sorted(groups, reverse=True)]


def area_under_curve(scores, outcomes):
    """The share of pairs, a positive and a negative, that are in the right order; ties half."""
    right, above, negatives = 0.0, 0, len(outcomes) - sum(outcomes)
    for rows, positives in by_score(scores, outcomes):
        right += (rows - positives) * (above + positives / 2)
        above += positives
    return right / (above * negatives)


def average_precision(scores, outcomes):
    seen, found, total = 0, 0, 0.0
    for rows, positives in by_score(scores, outcomes):
        seen, found = seen + rows, found + positives
        total += positives * found / seen
    return total / found


def lift_of_top_tenth(scores, outcomes):
    wanted = len(scores) / 10
    left, found = wanted, 0.0
    for rows, positives in by_score(scores, outcomes):
        share = min(1.0, left / rows)
        found, left = found + share * positives, left - share * rows
        if left <= 0:
            break
    return found / wanted / (sum(outcomes) / len(outcomes))


def calibration_error(scores, outcomes):
    bins = collections.defaultdict(list)
    for score, outcome in zip(scores, outcomes):
        bins[min(9, int(score * 10))].append((score, outcome))
    gaps = (abs(math.fsum(s - o for s, o in each)) for each in bins.values())
    return math.fsum(gaps) / len(scores)


def quality(scores, outcomes):
    """What `evaluate` prints of these."""
    count = len(scores)
    pairs = list(zip(scores, outcomes))
    return {
        "rows": count,
        "auc": area_under_curve(scores, outcomes),
        "averagePrecision": average_precision(scores, outcomes),
        "logLoss": -math.fsum(math.log(s if o else 1 - s) for s, o in pairs) / count,
        "brier": math.fsum((s - o) ** 2 for s, o in pairs) / count,
        "calibrationError": calibration_error(scores, outcomes),
        "lift10": lift_of_top_tenth(scores, outcomes),
        "accuracy": sum((s >= 0.5) == bool(o) for s, o in pairs) / count,
    }
