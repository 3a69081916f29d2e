"""What stories of bookings are made of: when, for how long, of what."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

from hypothesis import strategies as st

from tests.support.templates import PACKAGES

ERAS = [
    datetime(2026, 3, 27, 22, tzinfo=UTC),  # London goes to summer time, a week later Lord Howe leaves it
    datetime(2026, 10, 2, 9, tzinfo=UTC),  # Lord Howe goes to summer time, by half an hour
    datetime(2026, 10, 23, 22, tzinfo=UTC),  # London leaves summer time
    datetime(2018, 11, 2, 22, tzinfo=UTC),  # São Paulo goes to summer time, at midnight
    datetime(2019, 2, 15, 22, tzinfo=UTC),  # São Paulo leaves it, at midnight
    datetime(2028, 2, 27, 9, tzinfo=UTC),  # a leap day
]
ZONES = ["UTC", "Europe/London", "America/Sao_Paulo", "Asia/Kolkata", "Australia/Lord_Howe"]
PHASES = {
    "offered": ["OFFERED"],
    "taken": ["WAITING", "PREPARING", "AVAILABLE"],
    "over": ["COMPLETED"],
    "gone": ["REJECTED", "EXPIRED", "CANCELLED", "COMPLETED"],
}
CLUSTERS = ["local", "north"]
PEOPLE = ["ada", "ben"]

hours = st.integers(0, 2 * 24 * 6).map(lambda half: timedelta(minutes=30 * half))
odd = st.sampled_from([timedelta()] * 6 + [timedelta(minutes=7), timedelta(microseconds=1), timedelta(seconds=59)])
moments = st.tuples(hours, odd).map(lambda pair: pair[0] + pair[1])
lengths = st.one_of(
    st.tuples(st.integers(1, 60).map(lambda half: timedelta(minutes=30 * half)), odd).map(
        lambda pair: pair[0] + pair[1]
    ),
    st.sampled_from([timedelta(microseconds=1), timedelta(days=366), timedelta(days=29), timedelta(minutes=9)]),
)
needs = st.one_of(
    st.sampled_from(list(PACKAGES)).map(lambda name: {"package": name}),
    st.sampled_from(list(PACKAGES)).map(lambda name: {"package": name, "sharing": "shared"}),
    st.sampled_from(list(PACKAGES)).map(lambda name: {"package": name, "sharing": "reserved"}),
    st.sampled_from(["20%", "50%", "12.5%", "100%"]).map(lambda share: {"share": share}),
    st.sampled_from([{"cores": "0.5"}, {"gpus": 1}, {"cores": "3", "memory": 100, "gpus": 1}, {"servers": 1}]),
)
grants = st.one_of(
    st.sampled_from([4, 8]).map(lambda cores: {"cores": cores, "memory": cores * 4096}),
    st.sampled_from([1, 2, 3]).map(
        lambda count: {"cores": count * 4, "memory": count * 16384, "servers": count, "gpus": count}
    ),
    st.sampled_from([-1, -2, -5]).map(lambda cores: {"cores": cores, "memory": cores * 4096}),
    st.sampled_from(["-100%", "-50%", "-33.333%"]).map(lambda share: {"share": share}),
)
