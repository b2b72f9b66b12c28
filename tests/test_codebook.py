"""The codebook that is shipped, and what a codebook may not be."""

from __future__ import annotations

import hashlib
import re
from pathlib import Path

import pytest

from classifier import model_directory
from classifier.codebook import LANGUAGES, Codebook, load_codebook
from classifier.errors import CodebookError, ModelError
from tests.conftest import DATA

PATH = DATA / "codebook.toml"
CATEGORIES = ("infrastructure", "human_resources", "funding", "administrative_support", "social_perception")
NAMES = 'name = { en = "A", kk = "Ә", ru = "А" }'
CATEGORY = f'[[categories]]\nid = "a"\n{NAMES}\n'
CODE = f'[[codes]]\nid = "x"\n{NAMES}\n'


@pytest.fixture(scope="module")
def codebook() -> Codebook:
    return load_codebook(PATH)


def test_the_study_is_in_it(codebook: Codebook) -> None:
    """Table 2 of the study: categories in its order, and how many respondents named each."""
    assert codebook.version == "1"
    assert not codebook.exclusive
    assert codebook.category_ids == CATEGORIES
    assert [category.study_mentions for category in codebook.categories] == [38, 44, 51, 36, 27]
    assert len(codebook.codes) == 31
    assert len(codebook.conditions) == 7


def test_a_post_that_is_not_financed_is_two_barriers(codebook: Codebook) -> None:
    assert codebook.categories_of(["unfunded_posts"]) == ("human_resources", "funding")
    assert codebook.categories_of(["peers_bullying", "no_ramp"]) == ("infrastructure", "social_perception")


def test_only_attitudes_have_no_condition(codebook: Codebook) -> None:
    without = {code.categories for code in codebook.codes if code.condition is None}
    assert without == {("social_perception",)}
    assert {code.condition for code in codebook.codes} - {None} == {condition.id for condition in codebook.conditions}


def test_kazakh_and_russian_names_hold_no_english(codebook: Codebook) -> None:
    things = (*codebook.categories, *codebook.codes, *codebook.conditions)
    names = [thing.name.of(language) for thing in things for language in ("kk", "ru")]
    names += [category.plain.of(language) for category in codebook.categories for language in ("kk", "ru")]
    assert not [name for name in names if re.search("[A-Za-z]", name)]
    assert all(len({thing.name.of(language) for thing in things}) == len(things) for language in LANGUAGES)


def test_buttons_are_short_enough_for_a_telephone(codebook: Codebook) -> None:
    assert max(len(code.name.of(language)) for code in codebook.codes for language in LANGUAGES) <= 36


def test_what_belongs_to_a_category_is_found_from_both_sides(codebook: Codebook) -> None:
    assert [code.id for code in codebook.codes_of("funding")][-4:] == [
        "split_budget",
        "unfunded_posts",
        "rural_gap",
        "private_pays",
    ]
    for category in codebook.category_ids:
        assert codebook.category(category).id == category
        assert all(category in codebook.code(code.id).categories for code in codebook.codes_of(category))


def test_order_is_that_of_the_file_and_unknown_ids_are_refused(codebook: Codebook) -> None:
    assert codebook.in_order(["funding", "infrastructure", "funding"]) == ("infrastructure", "funding")
    assert codebook.codes_in_order(["rural_gap", "no_ramp"]) == ("no_ramp", "rural_gap")
    with pytest.raises(KeyError):
        codebook.in_order(["money"])


def test_the_checksum_is_that_of_the_file(codebook: Codebook) -> None:
    assert codebook.sha256 == hashlib.sha256(PATH.read_bytes()).hexdigest()


def test_a_codebook_of_another_task_needs_no_more_than_ids(tmp_path: Path) -> None:
    path = tmp_path / "codebook.toml"
    path.write_text('version = "1"\nexclusive = true\n[[categories]]\nid = "good"\n[[categories]]\nid = "bad"\n')
    codebook = load_codebook(path)
    assert codebook.exclusive
    assert codebook.category_ids == ("good", "bad")
    assert codebook.category("good").name.of("kk") == "good"
    assert codebook.codes == ()


@pytest.mark.parametrize(
    ("content", "complaint"),
    [
        ("version = ", "is not TOML"),
        (CATEGORY, "version: must be text"),
        ('version = "1"', "categories: at least one"),
        ('version = "1"\nexclusive = "yes"\n' + CATEGORY, "exclusive: must be true or false"),
        ('version = "1"\ncolour = 1\n' + CATEGORY, "top level: colour: unknown key; allowed are: categories"),
        ('version = "1"\n[[categories]]\nid = "А б"', "categories 1.id: must be letters"),
        ('version = "1"\n' + CATEGORY + CATEGORY, "categories.id: `a` stands twice"),
        (
            'version = "1"\n[[categories]]\nid = "a"\nname = { en = "A", kk = "Ә" }',
            "categories.a.name.ru: must be text",
        ),
        ('version = "1"\n[[categories]]\nid = "a"\nname = "A"', "categories.a.name: must be a table with en, kk, ru"),
        ('version = "1"\n' + CATEGORY + 'plain = { kk = "ә", ru = " " }', "categories.a.plain.ru: must be text"),
        ('version = "1"\n' + CATEGORY + "study_mentions = -1", "categories.a.study_mentions: must be a whole number"),
        ('version = "1"\n' + CATEGORY + CODE, "codes.x.categories: must be a list"),
        ('version = "1"\n' + CATEGORY + CODE + 'categories = ["b"]', "codes.x.categories: `b` is not one of: a"),
        ('version = "1"\n' + CATEGORY + CODE + 'categories = ["a"]\ncondition = "c"', "codes.x.condition: `c` is not"),
        ('version = "1"\ncategories = 3', "categories: must be [[categories]] tables"),
    ],
)
def test_an_error_names_file_key_and_what_is_allowed(tmp_path: Path, content: str, complaint: str) -> None:
    path = tmp_path / "codebook.toml"
    path.write_text(content, encoding="utf-8")
    with pytest.raises(CodebookError) as raised:
        load_codebook(path)
    message = str(raised.value)
    assert message.startswith(f"{path}: ")
    assert complaint in message
    assert "\n" not in message


def test_a_missing_file_is_named(tmp_path: Path) -> None:
    with pytest.raises(CodebookError, match="cannot be read"):
        load_codebook(tmp_path / "nowhere.toml")


def test_the_model_in_use_is_the_one_that_current_names(tmp_path: Path) -> None:
    (tmp_path / "first").mkdir()
    (tmp_path / "current").write_text("first\n")
    assert model_directory(tmp_path) == tmp_path / "first"


@pytest.mark.parametrize("content", [None, "", "second", "../models"])
def test_a_pointer_to_nothing_is_an_error(tmp_path: Path, content: str | None) -> None:
    if content is not None:
        (tmp_path / "current").write_text(content)
    with pytest.raises(ModelError, match="current"):
        model_directory(tmp_path)
