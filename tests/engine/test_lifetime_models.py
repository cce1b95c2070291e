"""The models of buying: published figures, independent likelihoods, and what must always hold."""

from __future__ import annotations

import csv
import math
from datetime import date
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from mainstay_engine.errors import NoFit
from mainstay_engine.lifetime import MODELS, Fit, Histories, fit_orders, fit_spend
from mainstay_engine.lifetime.functions import beta_mean_of_power, digamma

CDNOW = {
    # Fader, Hardie & Lee (2005), table 2; the R packages BTYD and CLVTools reach LL −9594.976.
    "pareto_nbd": ({"r": 0.553, "alpha": 10.578, "s": 0.606, "beta": 11.669}, -9595.0),
    # Fader, Hardie & Lee (2005), table 2.
    "bg_nbd": ({"r": 0.243, "alpha": 4.414, "a": 0.793, "b": 2.426}, -9582.4),
    # Nobody is known to have published these: the Python package lifetimes 0.11.3 reaches them.
    "mbg_nbd": ({"r": 0.525, "alpha": 6.183, "a": 0.891, "b": 1.614}, -9582.1),
}
SOME = {
    "pareto_nbd": np.array([0.55, 10.6, 0.61, 11.7]),
    "mbg_nbd": np.array([0.52, 6.2, 0.89, 1.6]),
    "bg_nbd": np.array([0.24, 4.4, 0.79, 2.4]),
}
positive = st.floats(0.05, 20)


@pytest.fixture(scope="module")
def sample(shared_data: Path) -> dict[str, np.ndarray]:
    """The 2,357 customers of the literature: days, repeats held out, mean repeat spend."""
    with (shared_data / "cdnow" / "cdnow_cbs_39weeks.csv").open(encoding="utf-8") as file:
        rows = list(csv.DictReader(file))
    columns = {name: np.array([float(row[name]) for row in rows]) for name in rows[0]}
    days = {name: np.rint(columns[name] * 7).astype(np.int64) for name in ("t_x", "T_cal")}
    return columns | days | {"x": columns["x"].astype(np.int64)}


def histories(sample: dict[str, np.ndarray], days: float = 7.0) -> tuple[Histories, np.ndarray]:
    return Histories.from_days(sample["x"], sample["t_x"], sample["T_cal"], days=days)


def made_up(seed: int = 1, customers: int = 3000) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Pareto/NBD customers (r 1.2, α 60, s 1.5, β 400, in days), event by event."""
    random = np.random.default_rng(seed)
    age = random.integers(100, 700, customers)
    rate = random.gamma(1.2, 1 / 60, customers)
    stay = random.exponential(1, customers) / random.gamma(1.5, 1 / 400, customers)
    x, t = np.zeros(customers, np.int64), np.zeros(customers, np.int64)
    for i in range(customers):
        day = random.exponential(1 / rate[i])
        while day < min(stay[i], age[i]):
            x[i], t[i] = x[i] + 1, int(day)
            day += random.exponential(1 / rate[i])
    return x, t, age


def fit_of(name: str, at: tuple[float, ...]) -> Fit:
    """A model at given parameters."""
    return Fit(MODELS[name], np.array(at), 0.0, 1, 1)


@pytest.mark.parametrize("name", MODELS)
def test_published_parameters_of_cdnow_reproduce(name: str, sample: dict[str, np.ndarray]) -> None:
    fit = fit_orders(histories(sample)[0], name)
    parameters, log_likelihood = CDNOW[name]
    assert fit.customers == 2357 and fit.repeaters == 946
    assert fit.parameters == pytest.approx(parameters, abs=6e-4)
    assert fit.log_likelihood == pytest.approx(log_likelihood, abs=0.05)


def test_the_whole_cohort_reproduces(shared_data: Path) -> None:
    """The same split of all 23,570 customers; figures of the data set's README, fitted apart."""
    text = (shared_data / "cdnow" / "CDNOW_master.txt").read_text("utf-8")
    pairs = {tuple(line.split()[:2]) for line in text.splitlines()[1:]}
    days: dict[str, list[int]] = {}
    for who, day in pairs:
        if day <= "19970930":
            days.setdefault(who, []).append(date.fromisoformat(day).toordinal())
    end = date(1997, 9, 30).toordinal()
    x, t, age = (
        np.array(column) for column in zip(
            *((len(d) - 1, max(d) - min(d), end - min(d)) for d in days.values()), strict=True
        )
    )  # fmt: skip
    assert int(x.sum()) == 24_337
    fit = fit_orders(Histories.from_days(x, t, age)[0], "bg_nbd")
    assert fit.parameters == pytest.approx(
        {"r": 0.2516, "alpha": 4.7889, "a": 0.7234, "b": 2.1611}, abs=6e-5
    )
    assert fit.log_likelihood == pytest.approx(-95368.44, abs=0.01)


def test_published_spend_of_cdnow_reproduces(sample: dict[str, np.ndarray]) -> None:
    """Fader & Hardie (2013): p 6.25, q 3.74, γ 15.44, and so 35.2 dollars for a new customer."""
    spend = fit_spend(sample["x"], sample["m_x"])
    found = (spend.p, spend.q, spend.gamma)
    assert found == pytest.approx((6.25, 3.74, 15.44), abs=6e-3)
    assert spend.mean == pytest.approx(6.25 * 15.44 / 2.74, abs=0.06)
    assert spend.customers == 946


def test_published_forecasts_of_customers() -> None:
    """BG/NBD: x = 2, t = 30.43, T = 38.86, the next 39 weeks: 1.226 (Fader, Hardie & Lee 2005).

    Pareto/NBD: a new customer buys again 1.473 times in a year (walkthrough of BTYD).
    """
    known = Histories.of(np.array([2]), np.array([30.43]), np.array([38.86]))
    found = fit_of("bg_nbd", (0.243, 4.414, 0.793, 2.426)).expected(known, 39.0)
    assert found[0] == pytest.approx(1.226, abs=6e-4)
    new = Histories.of(np.array([0]), np.array([0.0]), np.array([0.0]))
    found = fit_of("pareto_nbd", (0.5533971, 10.5801985, 0.6060625, 11.6562237)).expected(new, 52.0)
    assert found[0] == pytest.approx(1.473, abs=6e-4)


def brute(name: str, at: np.ndarray, x: int, t: float, age: float) -> float:
    """Likelihood by summing over customers' own rates, without a formula of the mixture."""
    rate, share = _gamma_grid(at[0], at[1])
    if name == "pareto_nbd":
        leave, part = _gamma_grid(at[2], at[3])
        both = rate[:, None] + leave[None, :]
        each = rate[:, None] ** x * (
            np.exp(-both * age)
            + leave[None, :] / both * (np.exp(-both * t) - np.exp(-both * age))
        )  # fmt: skip
    else:
        # Beta as a logistic variable: dense where it must be, at both ends.
        z = np.linspace(-60, 60, 4001)
        leave = 1 / (1 + np.exp(-z))
        stay = 1 / (1 + np.exp(z))
        part = leave ** at[2] * stay ** at[3]
        part /= part.sum()
        chances = x + 1 if name == "mbg_nbd" else x
        each = stay**chances * (rate[:, None] ** x * np.exp(-rate[:, None] * age))
        if chances:
            each = each + leave * stay ** (chances - 1) * (
                rate[:, None] ** x * np.exp(-rate[:, None] * t)
            )
    return float((share[:, None] * part[None, :] * each).sum())


def _gamma_grid(shape: float, scale: float) -> tuple[np.ndarray, np.ndarray]:
    u = np.linspace(-90, 8, 4001)  # of the logarithm
    value = np.exp(u)
    share = np.exp(shape * u - value)
    return value / scale, share / share.sum()


@pytest.mark.parametrize("name", MODELS)
@pytest.mark.parametrize(("x", "t", "age"), [
    (0, 0.0, 0.0), (0, 0.0, 39.0), (1, 1.7, 39.0), (1, 39.0, 39.0), (7, 20.0, 39.0),
    (26, 38.0, 38.9),
])  # fmt: skip
def test_likelihood_agrees_with_a_sum_over_customers(
    name: str, x: int, t: float, age: float
) -> None:
    row = Histories.of(np.array([x]), np.array([t]), np.array([age]))
    value, _ = MODELS[name].log_likelihood(SOME[name], row)
    assert value[0] == pytest.approx(math.log(brute(name, SOME[name], x, t, age)), abs=1e-7)


@pytest.mark.parametrize("name", MODELS)
def test_slopes_are_those_of_the_likelihood(name: str) -> None:
    rows, _ = Histories.from_days(*made_up(customers=200))
    point = np.log(SOME[name])
    _, slope = MODELS[name].log_likelihood(np.exp(point), rows)
    for k in range(4):
        step = 1e-5 * np.eye(4)[k]
        above, _ = MODELS[name].log_likelihood(np.exp(point + step), rows)
        below, _ = MODELS[name].log_likelihood(np.exp(point - step), rows)
        assert slope[k] == pytest.approx((above - below) / 2e-5, abs=2e-7), k


@pytest.mark.parametrize("name", MODELS)
def test_grouped_histories_have_the_likelihood_of_all(name: str) -> None:
    x, t, age = made_up()
    rows, place = Histories.from_days(x, t, age)
    alone = Histories.of(x, t / 7, age / 7)
    assert len(rows) < len(alone) and rows.total == len(alone)
    grouped, _ = MODELS[name].log_likelihood(SOME[name], rows)
    single, _ = MODELS[name].log_likelihood(SOME[name], alone)
    assert np.array_equal(grouped[place], single)
    assert (rows.customers * grouped).sum() == pytest.approx(single.sum(), rel=1e-13)
    one, other = fit_orders(rows, name), fit_orders(alone, name)
    assert one.at == pytest.approx(other.at, rel=1e-5)


@pytest.mark.parametrize("name", MODELS)
def test_the_unit_of_time_changes_nothing(name: str, sample: dict[str, np.ndarray]) -> None:
    rows, _ = histories(sample)
    weeks = fit_orders(rows, name)
    for days in (1.0, 30.4375):
        other, _ = histories(sample, days)
        fit = fit_orders(other, name)
        factor = np.where(weeks.model.timed, 7 / days, 1.0)
        assert fit.at == pytest.approx(weeks.at * factor, rel=1e-9)
        assert fit.alive(other) == pytest.approx(weeks.alive(rows), abs=1e-10)
        assert fit.expected(other, 39 * 7 / days, discount=0.01 * days / 7) == pytest.approx(
            weeks.expected(rows, 39, discount=0.01), rel=1e-9
        )


def test_a_fit_finds_the_company_it_was_drawn_from() -> None:
    """Within four standard errors of so many customers."""
    fit = fit_orders(Histories.from_days(*made_up(customers=8000), days=1.0)[0])
    assert fit.parameters["r"] == pytest.approx(1.2, rel=0.15)
    assert fit.parameters["r"] / fit.parameters["alpha"] == pytest.approx(1.2 / 60, rel=0.08)
    assert fit.parameters["s"] / fit.parameters["beta"] == pytest.approx(1.5 / 400, rel=0.35)


@pytest.mark.parametrize("name", MODELS)
@settings(max_examples=60)
@given(at=st.tuples(positive, st.floats(0.5, 500), positive, st.floats(0.5, 500)),
       x=st.integers(0, 300), t=st.floats(0, 300), silence=st.floats(0, 300),
       more=st.floats(0.1, 300))  # fmt: skip
def test_the_chance_of_being_alive_falls_with_silence(
    name: str, at: tuple[float, ...], x: int, t: float, silence: float, more: float
) -> None:
    t = t if x else 0.0
    rows = Histories.of(
        np.array([x, x]), np.array([t, t]), np.array([t + silence, t + silence + more])
    )
    soon, later = MODELS[name].alive(np.array(at), rows)
    assert 0 <= later <= soon <= 1
    if name == "bg_nbd" and x == 0:
        assert later == 1  # who bought once cannot have left: the reason it is not our model
    elif later > 1e-300 and soon < 1 - 1e-9:
        assert later < soon


@pytest.mark.parametrize("name", MODELS)
@settings(max_examples=25)
@given(at=st.tuples(positive, st.floats(0.5, 500), positive, positive),
       x=st.integers(0, 60), age=st.floats(1, 300), near=st.floats(0.1, 100),
       more=st.floats(0.1, 300), discount=st.floats(0.001, 0.1))  # fmt: skip
def test_expected_purchases_rise_with_the_horizon_and_fall_with_the_discount(
    name: str, at: tuple[float, ...], x: int, age: float, near: float, more: float, discount: float
) -> None:
    fit = fit_of(name, at)
    row = Histories.of(np.array([x]), np.array([age / 2 if x else 0.0]), np.array([age]))
    soon, later = (fit.expected(row, horizon)[0] for horizon in (near, near + more))
    assert fit.expected(row, 0.0)[0] == 0
    assert 0 <= soon <= later * (1 + 1e-12)
    assert fit.expected(row, near, discount=discount)[0] <= soon
    ceiling = fit.alive(row)[0] * (at[0] + x) / (at[1] + age) * near  # if nobody left any more
    assert soon <= ceiling * (1 + 1e-12)


def test_expected_purchases_agree_with_the_closed_form() -> None:
    """Fader & Hardie (2005): no integral, no discount."""
    r, alpha, s, beta = at = SOME["pareto_nbd"]
    fit = fit_of("pareto_nbd", tuple(at))
    rows, _ = Histories.from_days(*made_up(customers=300))
    for horizon in (1.0, 39.0, 500.0):
        after = ((beta + rows.age) / (beta + rows.age + horizon)) ** (s - 1)
        closed = (r + rows.repeats) * (beta + rows.age) / (alpha + rows.age) / (s - 1) * (1 - after)
        assert fit.expected(rows, horizon) == pytest.approx(fit.alive(rows) * closed, rel=1e-12)


@settings(max_examples=60)
@given(power=st.floats(0.1, 400), left=st.floats(0.05, 30), right=st.floats(0.05, 300),
       pull=st.floats(0, 20))  # fmt: skip
def test_the_mean_of_a_power_agrees_with_a_sum(
    power: float, left: float, right: float, pull: float
) -> None:
    """Against the sum over a logistic variable; 0.05 is as small as its grid can hold."""
    z = np.linspace(-800, 800, 160_001)
    stay = -np.logaddexp(0, z)
    share = left * (z + stay) + right * stay
    share = np.exp(share - share.max())
    p = np.exp(z + stay)
    wanted = (share * (1 + p * pull) ** -power).sum() / share.sum()
    one = np.array([1.0])
    found = beta_mean_of_power(power * one, left, right * one, pull * one)[0]
    assert found == pytest.approx(wanted, rel=1e-8, abs=1e-290)


def test_digamma_is_the_slope_of_log_gamma() -> None:
    for value in (0.05, 0.7, 3.0, 12.0, 4000.0):
        step = 1e-5 * value
        slope = (math.lgamma(value + step) - math.lgamma(value - step)) / (2 * step)
        assert digamma(np.array([value]))[0] == pytest.approx(slope, rel=1e-7, abs=1e-7)


def test_an_expected_mean_lies_between_ones_own_and_that_of_all(
    sample: dict[str, np.ndarray],
) -> None:
    spend = fit_spend(sample["x"], sample["m_x"])
    number, means = np.array([0, 1, 10, 1000, 5]), np.array([0.0, 100.0, 100.0, 100.0, -20.0])
    nobody, once, often, always, loss = spend.expected(number, means)
    assert nobody == pytest.approx(spend.mean)
    assert spend.mean < once < often < always < 100
    assert -20 < loss < spend.mean
    factor = fit_spend(sample["x"], sample["m_x"] * 750)  # another currency
    assert (factor.p, factor.q) == pytest.approx((spend.p, spend.q), rel=1e-9)
    assert factor.gamma == pytest.approx(spend.gamma * 750, rel=1e-9)


def test_too_few_who_bought_again_carry_nofit_of() -> None:
    x, t, age = made_up(customers=40)
    x[25:], t[25:] = 0, 0
    with pytest.raises(NoFit, match="customers bought on more than one day") as caught:
        fit_orders(Histories.from_days(x, t, age)[0])
    assert caught.value.code == "no_fit" and "30" in caught.value.text("zh")


def test_customers_who_are_all_alike_carry_nofit_of() -> None:
    same = np.full(100, 3)
    with pytest.raises(NoFit, match="equally often"):
        fit_orders(Histories.from_days(same, np.arange(100) + 10, np.full(100, 200))[0])
    with pytest.raises(NoFit, match="spend the same"):
        fit_spend(same, np.full(100, 12.5))
    with pytest.raises(NoFit, match="two purchases or more"):
        fit_spend(np.ones(100, np.int64), np.linspace(1, 9, 100))


@pytest.mark.parametrize("name", ["pareto_nbd", "mbg_nbd"])
def test_where_nobody_leaves_there_is_no_number(name: str) -> None:
    """Rare and frequent buyers, all of whom ordered in the last days: no silence to explain."""
    random = np.random.default_rng(3)
    age = np.full(400, 700)
    x = random.poisson(random.gamma(1.0, 20.0, 400)) + 20
    with pytest.raises(NoFit, match="nobody leaving"):
        fit_orders(Histories.from_days(x, age - random.integers(0, 5, 400), age)[0], name)


def test_customers_alike_in_how_they_leave_are_an_answer() -> None:
    """One rate of leaving for all: the mix is at its limit, and the fit finds that rate."""
    random = np.random.default_rng(11)
    customers, age = 2000, np.full(2000, 600)
    rate, stay = random.gamma(1.0, 1 / 20, customers), random.exponential(300.0, customers)
    seen = np.minimum(stay, age)
    x = random.poisson(rate * seen)
    last = seen * random.random(customers) ** (1 / np.maximum(x, 1))
    t = np.where(x > 0, last, 0).astype(np.int64)
    x = np.where(t > 0, x, 0)
    fit = fit_orders(Histories.from_days(x, t, age, days=1.0)[0])
    assert fit.parameters["s"] > 3
    assert fit.parameters["s"] / fit.parameters["beta"] == pytest.approx(1 / 300, rel=0.15)


@pytest.mark.parametrize(("x", "t", "age"), [
    (-1, 0, 10), (0, 3, 10), (2, 11, 10), (2, -1, 10), (1, math.nan, 10),
])  # fmt: skip
def test_what_is_no_history_is_refused(x: int, t: float, age: float) -> None:
    with pytest.raises(ValueError, match="row 1 is no history"):
        Histories.of(np.array([0, x]), np.array([0.0, t]), np.array([5.0, age]))
