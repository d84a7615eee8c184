"""The detectors again, one series at a time, in plain Python with dictionaries and ``if``: slow and obvious."""

from __future__ import annotations

import math

NAN = float("nan")


def known(x):
    return x is not None and not math.isnan(x)


def smooth(ys, first_month, s):
    """One-step errors over their usual size, and the forecasts, of one series."""
    seen = age = outside = 0
    level = slope = fast = variance = 0.0
    season, seasons_seen = [0.0] * s.period, [0] * s.period
    k = s.clip
    tail = math.erfc(k / math.sqrt(2))
    consistent = 1 / ((1 - tail) - 2 * k * math.exp(-k * k / 2) / math.sqrt(2 * math.pi) + k * k * tail)
    scores, forecasts = [], []
    for t, y in enumerate(ys):
        month = (first_month - 1 + t) % s.period
        forecasts.append(level + slope + season[month])
        if not known(y):
            scores.append(NAN)
            continue
        error = y - level - slope - season[month]
        size = max(math.sqrt(variance), s.least_size)
        z = error / size
        scores.append(z if seen >= s.burn_in else NAN)
        used = error
        if seen >= s.warm_up:
            used = min(max(error, -k * size), k * size)
        rate = max(s.level_rate, 1 / (age + 1))
        level += slope + rate * used
        if s.slope_rate:
            slope = s.slope_kept * (slope + (s.slope_rate * rate * used if seen >= s.warm_up else 0.0))
        fast += max(s.fast_rate, rate) * (y - season[month] - fast)
        if s.period > 1 and not (seen >= s.warm_up and abs(z) > k):
            seasons_seen[month] += 1
            season[month] += (1 - rate) * used / (min(seasons_seen[month], s.season_memory) + 1)
        if seen > 0:
            square = used * used * (consistent if seen >= s.warm_up else 1)
            variance += max(s.scale_rate, 1 / seen) * (square - variance)
        seen, age = seen + 1, age + 1
        side = (1 if z > 0 else -1) if abs(z) > k else 0
        outside = outside + side if side * outside > 0 else side
        if abs(outside) >= s.restart_after:
            level, slope, age, outside = fast, 0.0, s.restart_after, 0
    return scores, forecasts


def sided(z, side):
    """This month's score, or sqrt(3) times the weakest of three months in a row, whichever is larger."""
    out = []
    for t, now in enumerate(z):
        if not known(now):
            out.append(NAN)
            continue
        best = side * now
        three = z[t - 2 : t + 1] if t >= 2 else []
        if len(three) == 3 and all(known(x) for x in three):
            best = max(best, math.sqrt(3) * min(side * x for x in three))
        out.append(best)
    return out


def together(z, s):
    """The last three months' scores, each clipped, summed and divided by sqrt(3), falls counted up."""
    out = [NAN, NAN]
    for t in range(2, len(z)):
        three = [min(max(x, -s.broad_clip), s.broad_clip) if known(x) else NAN for x in z[t - 2 : t + 1]]
        out.append(-sum(three) / math.sqrt(3))
    return out


def broad(members, first_month, s):
    """The members' errors of a month together, weighted by the root of their usual share before that month."""
    zs = [flow_scores(m, first_month, s)[3] for m in members]
    _, _, before = composition(members, s)
    ys = []
    for t in range(len(members[0])):
        weights, errors = [], []
        for z, usual in zip(zs, before[t], strict=True):
            if known(z[t]) and usual > 0:
                weights.append(math.sqrt(usual))
                errors.append(min(max(z[t], -s.broad_clip), s.broad_clip))
        if len(weights) < s.least_partners:
            ys.append(NAN)
        else:
            ys.append(
                sum(w * e for w, e in zip(weights, errors, strict=True)) / math.sqrt(sum(w * w for w in weights))
            )
    from dataclasses import replace

    z, _ = smooth(ys, first_month, replace(s, burn_in=s.broad_burn_in))
    return sided(z, -1), sided(z, 1)


def means(xs, s):
    """Before each month: the mean flow, months with trade, and the share of months without."""
    mean = empty = 0.0
    months = trading = 0
    out = []
    for x in xs:
        out.append((mean, trading, empty))
        if known(x) and (mean > 0 or x > 0):
            used = min(x, 3 * mean) if months >= s.warm_up else x
            rate = max(s.mean_rate, 1 / (months + 1))
            mean += rate * (used - mean)
            empty += rate * ((1 if x <= 0 else 0) - empty)
            months += 1
            trading += x > 0
    return out


def flow_scores(xs, first_month, s):
    before = means(xs, s)
    ys = []
    for x, (mean, _, _) in zip(xs, before, strict=True):
        base = mean if mean > 0 else x
        ys.append(math.log(x + s.offset * base) if known(x) and base > 0 else NAN)
    z, _ = smooth(ys, first_month, s)
    z = [one if trading >= s.least_trading else NAN for one, (_, trading, _) in zip(z, before, strict=True)]
    return sided(z, -1), sided(z, 1), together(z, s), z


def price_scores(xs, values, first_month, s):
    ys = []
    for x, value, (mean, _, _) in zip(xs, values, means(xs, s), strict=True):
        fine = known(x) and known(value) and x > s.smallest_priced * mean and x > 0 and value > 0
        ys.append(math.log(value / x) if fine else NAN)
    return sided(smooth(ys, first_month, s)[0], 1)


def composition(members, s):
    """Distances from the usual shares and HHI, month by month, of one group (a list of flows a member)."""
    usual = [0.0] * len(members)
    judged_months = 0
    distances, concentrations, before = [], [], []
    for t in range(len(members[0])):
        before.append(list(usual))
        here = [m for m in range(len(members)) if known(members[m][t])]
        recent = {}
        for m in here:
            last = [x for x in members[m][max(0, t - s.window + 1) : t + 1] if known(x)]
            recent[m] = sum(last) / len(last)
        total, covered = sum(recent.values()), sum(usual[m] for m in here)
        if total <= 0 or not (covered > 0.5 or judged_months == 0):
            distances.append(NAN)
            concentrations.append(NAN)
            continue
        share = {m: recent[m] / total for m in here}
        concentrations.append(sum(x * x for x in share.values()))
        if judged_months:
            distances.append(0.5 * sum(abs(share[m] - usual[m] / covered) for m in here))
        else:
            distances.append(NAN)
        rate = max(s.share_rate, 1 / (judged_months + 1))
        for m in here:
            usual[m] += rate * (share[m] - usual[m])
        judged_months += 1
    return distances, concentrations, before


def group_scores(members, first_month, s):
    distances, hhi, _ = composition(members, s)
    switch = sided(smooth(distances, first_month, s)[0], 1)
    logs = [math.log(x) if known(x) else NAN for x in hhi]
    raw = sided(smooth(logs, first_month, s)[0], 1)
    concentration = [
        0.0 if known(one) and known(h) and h < s.concentrated_from and one > 0 else one
        for one, h in zip(raw, hhi, strict=True)
    ]
    return switch, concentration


def benjamini_hochberg(p, rate):
    """The largest k with p_(k) <= rate * k / m: call the k smallest."""
    tested = sorted(x for x in p if known(x))
    most = max((k for k, x in enumerate(tested, 1) if x <= rate * k / len(tested)), default=0)
    if most == 0:
        return [False] * len(p)
    return [known(x) and x <= tested[most - 1] for x in p]
