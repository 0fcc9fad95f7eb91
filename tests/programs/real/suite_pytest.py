"""A small suite for `-m pytest`."""
import pytest


@pytest.fixture
def values():
    yield [1, 2, 3]


@pytest.mark.parametrize("index", [0, 2])
def test_values(values, index):
    assert values[index] == index + 1


def test_raises():
    with pytest.raises(KeyError):
        {}["k"]
