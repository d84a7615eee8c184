"""The acceptance figures of natural graphite, rare-earth metals and the screen, on the real pack."""

import pytest

pytestmark = pytest.mark.data


def test_natural_graphite_2023_has_the_known_figures(pack):
    (row,) = pack.dependency("EU27", "CHN", "250410", 2023).rows
    assert row["imports_usd"] == pytest.approx(139.2e6, rel=1e-3)
    assert row["share_of_imports"] == pytest.approx(0.316, abs=5e-4)
    assert row["hhi_imports"] == pytest.approx(0.174, abs=5e-4)
    assert row["reverse"]["top_supplier"] == "MOZ"
    assert row["reverse"]["top_share"] == pytest.approx(0.625, abs=5e-4)


def test_rare_earth_metals_2022_and_2023_have_the_known_shares(pack):
    rows = pack.dependency("EU27", "CHN", "280530", "2022-2023").rows
    assert [round(row["share_of_imports"], 4) for row in rows] == [0.7719, 0.7053]
