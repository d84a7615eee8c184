"""Bad input gets one sentence that says what is wrong and what to do, and exit code 2."""

import pytest

pytestmark = pytest.mark.data

DEPEND = ("depend", "--of", "EU27", "--on", "CHN", "--product", "250410", "--years", "2023")


def changed(option: str, value: str) -> tuple[str, ...]:
    place = DEPEND.index(option)
    return (*DEPEND[: place + 1], value, *DEPEND[place + 2 :])


@pytest.mark.parametrize(
    ("command", "sentence"),
    [
        (changed("--of", "EU-27"), "no region 'EU-27': did you mean EU27"),
        (changed("--on", "Chinna"), "did you mean China"),
        (changed("--product", "250411"), "did you mean 250410"),
        (changed("--product", "2504"), "write six digits"),
        (changed("--product", "850110"), "load a full BACI release"),
        (changed("--product", "HS2222:250410"), "did you mean HS2022"),
        (changed("--product", "HS2022:250410"), "straits data add"),
        (changed("--product", "grafite"), "did you mean graphite"),
        (changed("--product", "gallium"), "no product code of its own"),
        (changed("--years", "2030"), "it has 1995-2024"),
        (changed("--years", "last year"), "write 2023, 2019-2023"),
        (changed("--years", "2023-2019"), "runs backwards"),
        (("screen", "--of", "EU27", "--year", "1990"), "it has 1995-2024"),
        (("screen", "--of", "EU27", "--year", "2023", "--method", "geodepp"), "did you mean geodep"),
        (("mutual", "--of", "EU27", "--with", "DEU", "--year", "2023"), "overlap"),
        (("brief", "graffite", "--of", "EU27", "--on", "CHN"), "did you mean"),
        (("brief", "graphite", "--of", "EU27", "--on", "FRA"), "overlap"),
        (("brief", "graphite", "--format", "pdff"), "no format 'pdff'"),
        (("data", "add", "raw-material"), "did you mean raw-materials"),
        (("data", "add", "baci"), "straits data add baci PATH-OR-URL"),
        (("data", "add", "baci", "/nowhere/BACI.zip"), "no such file or folder"),
        (("data", "remove", "nothing"), "no dataset 'nothing'"),
        (("evidence", "lithografy"), "did you mean"),
        (("evidence",), "one of SUBJECT, --find TEXT or --id ID"),
        (("--engine", "spork", "screen", "--of", "EU27", "--year", "2023"), "did you mean spark"),
    ],
)
def test_one_clear_sentence_and_exit_code_2(straits_command, monkeypatch, command, sentence):
    monkeypatch.setenv("STRAITS_ENGINE", "duckdb")
    ran = straits_command(*command)
    assert ran.code == 2
    assert ran.out == ""
    assert sentence in ran.err
    assert ran.err.startswith("straits: ")
    assert len(ran.err.splitlines()) == 1


def test_an_empty_home_says_how_to_get_data(straits_command, tmp_path):
    ran = straits_command("screen", "--of", "EU27", "--year", "2023", "--home", str(tmp_path / "empty"))
    assert ran.code == 2
    assert "straits data add raw-materials" in ran.err
    assert not (tmp_path / "empty").exists()


def test_a_folder_that_cannot_be_written_is_named(straits_command, tmp_path):
    blocked = tmp_path / "file"
    blocked.write_text("not a folder")
    ran = straits_command("brief", "graphite", "--out", str(blocked / "below"))
    assert ran.code == 2
    assert str(blocked) in ran.err
