"""Published claims on raw materials, each against the data: what agrees, what does not, and by how much.

A test that finds a difference states it, so that a reader sees both numbers; a claim that the data cannot test is
not tested.  Shares are of value unless said otherwise.
"""

import pytest

pytestmark = pytest.mark.data


def produced(pack, material, economy, year):
    return next(r["share_of_world"] for r in pack.producers(material, year).rows if r["economy"] == economy)


def bought(pack, importer, product, suppliers, year):
    rows = pack.suppliers(importer, product, year).rows
    return sum(row["share_of_imports"] for row in rows if row["supplier"] in suppliers)


# -- Japan's imports of rare earths from China in 2010 ---------------------------------------------------------


def test_japan_2010_the_stop_of_autumn_2010_does_not_show_in_annual_imports_of_hs_284690(pack):
    """An unofficial stop is dated September to November 2010 (MERICS 2024, section on dual-use controls).

    The year as a whole shows no drop: weight from China doubled against 2009 and value tripled.  Annual data cannot
    see it; monthly data are needed.
    """
    before, year = pack.dependency("JPN", "CHN", "284690", "2009-2010").rows
    assert year["imports_from_provider_tonnes"] == pytest.approx(8_642.5, abs=0.1)
    assert year["imports_from_provider_tonnes"] > 2 * before["imports_from_provider_tonnes"]
    assert year["imports_from_provider_usd"] > 3 * before["imports_from_provider_usd"]
    assert year["share_of_imports"] == pytest.approx(0.752, abs=1e-3)
    assert year["share_of_tonnes"] == pytest.approx(0.868, abs=1e-3)


def test_japan_2010_the_trade_minister_s_20_000_tonnes_from_china_are_close(pack):
    """Japan's trade minister put 2010 imports of rare earths from China at about 20,000 t (WSJ, 2011-01-06).

    The three codes of rare earths together give 23,154 t in BACI, 16 % more: the codes count gross weight of
    compounds, and the minister spoke before the year's statistics were closed.
    """
    rows = pack.dependency("JPN", "CHN", ["284610", "284690", "280530"], 2010).rows
    total = sum(row["imports_from_provider_tonnes"] for row in rows)
    assert total == pytest.approx(23_154, abs=1)
    assert total / 20_000 == pytest.approx(1.16, abs=0.01)


def test_japan_2011_prices_not_weights_rose(pack):
    """After 2010 China's export quota raised prices: value of HS 2846.90 tripled while weight fell by a quarter or more."""
    year, after = pack.dependency("JPN", "CHN", "284690", "2010-2011").rows
    assert after["imports_from_provider_usd"] > 3 * year["imports_from_provider_usd"]
    assert after["imports_from_provider_tonnes"] < 0.75 * year["imports_from_provider_tonnes"]


# -- MERICS, Keeping value chains at home (2024) ---------------------------------------------------------------


def test_merics_2024_china_makes_about_90_percent_of_gallium_and_germanium_and_the_data_say_more(pack):
    """Stated: about 90 % of both.  World Mining Data 2022: gallium 98 %, germanium 94 %."""
    assert produced(pack, "gallium", "CHN", 2022) == pytest.approx(0.984, abs=1e-3)
    assert 0.90 < produced(pack, "germanium", "CHN", 2022) < 0.96


def test_merics_2024_china_mines_60_percent_of_rare_earths_and_the_data_say_somewhat_more(pack):
    """Stated: 60 % of production.  World Mining Data 2023: 65 %, 2024: 68 %."""
    assert produced(pack, "rare-earths", "CHN", 2023) == pytest.approx(0.647, abs=1e-3)
    assert produced(pack, "rare-earths", "CHN", 2024) == pytest.approx(0.678, abs=1e-3)


def test_merics_2024_gallium_trade_cannot_be_read_from_six_digits(pack):
    """The report's finding on gallium rests on eight digits; Straits refuses to say it from a basket."""
    from straits.vocabulary.errors import StraitsError

    with pytest.raises(StraitsError, match="no product code of its own"):
        pack.dependency("USA", "CHN", "gallium", 2023)


# -- Digital Power China, Reverse dependency (2024), chapter 6 --------------------------------------------------


def test_dpc_2024_ch6_refining_shares_agree_for_gallium_and_beryllium(pack):
    """Stated for 2024: gallium over 95 %, beryllium 25 %.  World Mining Data 2024 agrees."""
    assert produced(pack, "gallium", "CHN", 2024) > 0.95
    assert produced(pack, "beryllium", "CHN", 2023) == pytest.approx(0.25, abs=0.01)


def test_dpc_2024_ch6_germanium_and_indium_are_stated_much_lower_than_the_data(pack):
    """Stated: germanium 60 %, indium around 50 %.  World Mining Data 2023: 94 % and 66 %.

    World Mining Data count primary metal by place; the report's source (L'Elementarium) may count otherwise.
    """
    assert produced(pack, "germanium", "CHN", 2023) > 0.60 + 0.30
    assert produced(pack, "indium", "CHN", 2023) == pytest.approx(0.66, abs=0.01)


def test_dpc_2024_ch6_tantalum_shares_of_dr_congo_and_rwanda_are_stated_higher_than_the_data(pack):
    """Stated, undated: 43 % and 23 %.  World Mining Data 2023: 33 % and 22 %; the order agrees."""
    congo, rwanda = (produced(pack, "tantalum", code, 2023) for code in ("COD", "RWA"))
    assert congo == pytest.approx(0.327, abs=1e-3)
    assert rwanda == pytest.approx(0.216, abs=1e-3)


def test_dpc_2024_ch6_china_buys_bauxite_from_guinea_australia_and_indonesia_and_more_than_70_percent(pack):
    """Stated: up to 70 % from the three.  BACI 2023: 96 %, of which Indonesia 1 % after its export ban."""
    assert bought(pack, "CHN", "260600", {"GIN", "AUS", "IDN"}, 2023) == pytest.approx(0.963, abs=2e-3)
    assert bought(pack, "CHN", "260600", {"IDN"}, 2023) < 0.02


def test_dpc_2024_ch6_china_depends_on_dr_congo_for_cobalt(pack):
    """Stated as a direction.  BACI 2023: 97 % of cobalt oxides, 91 % of intermediates and metal."""
    assert bought(pack, "CHN", "282200", {"COD"}, 2023) > 0.95
    assert bought(pack, "CHN", "810510", {"COD"}, 2023) > 0.90


def test_dpc_2024_ch6_china_depends_on_the_philippines_for_nickel_ore_but_indonesia_sells_it_no_ore_any_more(pack):
    """Stated: Indonesia and the Philippines.  BACI: 72 % of ore from the two in 2019; in 2023 59 % from the
    Philippines, while Indonesia, which banned ore exports in 2020, sells processed nickel under other codes.
    """
    assert bought(pack, "CHN", "260400", {"PHL"}, 2023) == pytest.approx(0.593, abs=2e-3)
    assert bought(pack, "CHN", "260400", {"IDN"}, 2023) < 0.05
    assert bought(pack, "CHN", "260400", {"IDN", "PHL"}, 2019) == pytest.approx(0.720, abs=2e-3)


def test_dpc_2024_ch6_china_depends_on_latin_america_for_lithium_compounds(pack):
    """Stated: Latin America and Australia.  BACI 2023: carbonate 99 % from Chile and Argentina; Australia sells
    spodumene, which no six-digit code isolates.
    """
    assert bought(pack, "CHN", "283691", {"CHL", "ARG"}, 2023) > 0.98
    assert bought(pack, "CHN", "283691", {"AUS"}, 2023) < 0.01


def test_dpc_2024_ch6_platinum_reserves_are_stated_but_only_mining_can_be_checked(pack):
    """Stated: over 90 % of reserves in South Africa.  Reserves are not in the data; it mines 70 % (2023)."""
    assert produced(pack, "platinum", "ZAF", 2023) == pytest.approx(0.705, abs=2e-3)


def test_dpc_2024_ch6_china_dominates_graphite(pack):
    """Stated: China dominates graphite for anodes.  World Mining Data 2024: 76 % of natural graphite is mined there."""
    assert produced(pack, "graphite", "CHN", 2024) == pytest.approx(0.759, abs=1e-3)


# -- the data set's own published shares -------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("material", "share"),
    [("gallium", 0.987), ("germanium", 0.933), ("tungsten", 0.779), ("graphite", 0.759), ("rare-earths", 0.678)],
)
def test_world_mining_data_2024_shares_of_china_come_out(pack, material, share):
    assert produced(pack, material, "CHN", 2024) == pytest.approx(share, abs=1e-3)
