"""Whatever the package, driver and executors fit it, each with what it needs."""

from __future__ import annotations

import pytest
from hypothesis import assume, example, given
from hypothesis import strategies as st

from aglais_lab.notebook_errors import TooLittleMemoryError
from aglais_lab.spark_sizes import (
    LEAST_EXECUTOR_MEMORY,
    LEAST_MEMORY,
    LEAST_MILLICORES,
    Amount,
    Division,
    ExecutorSize,
    Parts,
    divide,
    driver_memory,
    driver_size,
    executor_size,
    threads,
)

GIB = 1024

# ---------------------------------------------------------------- the driver


@pytest.mark.parametrize(
    ("cores", "tasks"), [(0.001, 1), (0.109, 1), (0.999, 1), (1, 1), (1.75, 1), (2, 2), (15.999, 15), (16, 16)]
)
def test_whole_cores_and_never_none(cores: float, tasks: int) -> None:
    assert threads(cores) == tasks


@pytest.mark.parametrize(
    ("memory", "heap"),
    [
        (LEAST_MEMORY, 512),
        (1331, 512),  # 1.3 GiB
        (1344, 512),
        (2688, 1152),
        (4 * GIB, 1996),
        (8 * GIB, 4454),
        (16 * GIB, 9369),
        (64 * GIB, 38860),
    ],
)
def test_the_heap_leaves_room_for_python(memory: int, heap: int) -> None:
    assert driver_memory(memory) == heap


@given(st.integers(LEAST_MEMORY, 4096 * GIB))
def test_heap_java_and_python_never_pass_the_package(memory: int) -> None:
    heap = driver_memory(memory)
    assert heap >= 512
    assert heap + 256 + 512 <= memory


@pytest.mark.parametrize("memory", [0, 512, LEAST_MEMORY - 1])
def test_too_little_memory_is_one_sentence_and_a_way_out(memory: int) -> None:
    with pytest.raises(TooLittleMemoryError) as caught:
        driver_memory(memory)
    assert str(caught.value) == (
        f"Spark and Python need 1280 MiB together, and this booking has {memory} MiB. Book a larger package."
    )


@given(st.integers(LEAST_MEMORY, 4096 * GIB))
def test_a_result_fits_the_heap_it_comes_from(memory: int) -> None:
    driver = driver_size(memory)
    assert 0 < driver.result <= driver.heap


# ---------------------------------------------------------------- server and executors

# The middle of each range is what is booked, its ends are what somebody tries; 0.001 core to 256, 1 MiB to 4 TiB.
millicores = st.one_of(st.integers(0, 2000), st.sampled_from([1000, 2000, 4000, 16_000]), st.integers(0, 256_000))
memories = st.one_of(st.integers(0, 4 * GIB), st.sampled_from([GIB, 2 * GIB, 64 * GIB]), st.integers(0, 4096 * GIB))
amounts = st.builds(Amount, millicores, memories)
packages = st.builds(
    Parts, amounts, st.one_of(st.integers(0, 4), st.integers(0, 200)), amounts, st.integers(0, 10_000_000)
)
nodes = st.none() | st.builds(Amount, st.integers(1, 256_000), st.integers(1, 4096 * GIB))


def in_all(division: Division) -> Amount:
    return division.server + division.executor * division.executors


@given(packages, nodes)
def test_server_and_executors_never_pass_the_package(parts: Parts, node: Amount | None) -> None:
    division = divide(parts, node)
    assert in_all(division).fits(parts.whole)
    disks = division.server_temporary + division.executors * division.executor_temporary
    assert disks == parts.temporary
    assert division.server_temporary >= division.executor_temporary >= 0


@given(packages, nodes)
def test_an_executor_has_what_it_needs_and_fits_a_node(parts: Parts, node: Amount | None) -> None:
    division = divide(parts, node)
    if division.executors:
        assert Amount(LEAST_MILLICORES, LEAST_EXECUTOR_MEMORY).fits(division.executor)
        assert node is None or division.executor.fits(node)


@given(packages, nodes)
def test_a_server_beside_executors_holds_the_driver_and_what_the_package_promised(
    parts: Parts, node: Amount | None
) -> None:
    division = divide(parts, node)
    assert parts.notebook.fits(division.server)
    if division.executors:
        assert driver_memory(division.server.memory)
        assert division.server.millicores >= LEAST_MILLICORES


@given(packages)
def test_a_package_that_can_hold_spark_has_room_for_its_tasks(parts: Parts) -> None:
    assume(parts.whole.memory >= LEAST_MEMORY)
    division = divide(parts)
    # Either there are executors, or the server can run Spark's tasks itself: never neither.
    assert division.executors or division.server == parts.whole
    assert driver_memory(division.server.memory)


@given(st.integers(1, 64), st.integers(1, 64), st.integers(1, 32))
def test_cores_that_workers_have_become_tasks(workers: int, cores: int, gib: int) -> None:
    parts = Parts(Amount(1000, 2 * GIB), workers, Amount(cores * 1000, cores * gib * GIB))
    division = divide(parts)
    tasks = division.executors * executor_size(division.executor).tasks
    assert workers * cores * 4 // 5 <= tasks <= workers * cores


@given(st.builds(Amount, st.integers(LEAST_MILLICORES, 256_000), st.integers(LEAST_EXECUTOR_MEMORY, 4096 * GIB)))
def test_an_executor_holds_heap_java_and_the_python_of_each_task(executor: Amount) -> None:
    size = executor_size(executor)
    assert size.heap + size.overhead == executor.memory
    assert size.heap >= 512
    assert size.overhead >= max(256, executor.memory // 10) + 256 * size.tasks
    assert 1 <= size.tasks <= max(1, executor.millicores // 1000)


@given(packages, nodes)
@example(Parts(Amount(500, 1400), 1, Amount(50, 900)), Amount(4000, 2000))
def test_a_server_that_has_everything_fits_a_node_if_its_notebook_does(parts: Parts, node: Amount | None) -> None:
    division = divide(parts, node)
    if node is not None and not division.executors:
        assert division.server.fits(node.at_least(parts.notebook))


@pytest.mark.parametrize(
    ("parts", "node", "server", "executors", "executor"),
    [
        # One worker is one executor.
        (Parts(Amount(1000, 4096), 2, Amount(1000, 4096)), None, (1000, 4096), 2, (1000, 4096)),
        # One core in all, halved: each half has half a core, and one task.
        (Parts(Amount(500, 2048), 1, Amount(500, 2048)), None, (500, 2048), 1, (500, 2048)),
        # A wide worker is split into executors of five tasks at most; what does not divide is left over.
        (Parts(Amount(4000, 8192), 1, Amount(26_000, 43_008)), None, (4000, 8192), 6, (4333, 7168)),
        # A worker larger than a node becomes executors that fit one.
        (Parts(Amount(1000, 2048), 1, Amount(4000, 16_384)), Amount(1900, 7000), (1000, 2048), 3, (1333, 5461)),
        # Workers too small for Java are put together.
        (Parts(Amount(1000, 2048), 8, Amount(250, 512)), None, (1000, 2048), 4, (500, 1024)),
        # A notebook too small for Spark borrows from its workers.
        (Parts(Amount(500, 1000), 4, Amount(1000, 4096)), None, (500, 1280), 4, (1000, 4026)),
        # No workers, or none that could be an executor: Spark runs in the server, and the server has everything.
        (Parts(Amount(1000, 4096)), None, (1000, 4096), 0, (0, 0)),
        (Parts(Amount(55, 672), 1, Amount(54, 672)), None, (109, 1344), 0, (0, 0)),
        (Parts(Amount(500, 4096), 1, Amount(0, 4096)), None, (500, 8192), 0, (0, 0)),
        # The same on a node that does not hold everything.
        (Parts(Amount(500, 1400), 1, Amount(50, 900)), Amount(4000, 2000), (550, 2000), 0, (0, 0)),
    ],
)
def test_how_packages_divide(
    parts: Parts, node: Amount | None, server: tuple[int, int], executors: int, executor: tuple[int, int]
) -> None:
    division = divide(parts, node)
    assert (division.server, division.executors, division.executor) == (Amount(*server), executors, Amount(*executor))


@pytest.mark.parametrize(
    ("executor", "size"),
    [
        ((100, 1024), ExecutorSize(tasks=1, heap=512, overhead=512)),
        ((500, 2048), ExecutorSize(tasks=1, heap=1075, overhead=973)),
        ((5000, 2048), ExecutorSize(tasks=5, heap=512, overhead=1536)),
        ((5000, 1024), ExecutorSize(tasks=1, heap=512, overhead=512)),
        ((4333, 7168), ExecutorSize(tasks=4, heap=3871, overhead=3297)),
        ((5000, 40_960), ExecutorSize(tasks=5, heap=22_118, overhead=18_842)),
    ],
)
def test_how_an_executor_shares_its_memory(executor: tuple[int, int], size: ExecutorSize) -> None:
    assert executor_size(Amount(*executor)) == size
