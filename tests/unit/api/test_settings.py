"""Settings of the whole system: shown whole, changed in part, told of."""

import asyncio

import pytest

from libs.common.contracts.access_messages import SettingsChanged
from tests.unit.api.harness import Api

PATH = "/api/system/settings"
IDENT: dict[str, object] = {"enabled": False, "enable_from": None, "selected_tokens": []}
NEW = {"user_channel_autocreate": True, "anaconda_ident_settings": IDENT}


async def test_a_new_installation_shows_its_settings(api: Api) -> None:
    """Every key is there: clients read them without asking."""
    answer = await api.ask("GET", PATH)

    assert (answer.status_code, answer.json()) == (200, NEW)


async def test_a_key_that_is_left_out_stays(api: Api) -> None:
    """The older client sends one key alone; parts of `anaconda_ident_settings`, too."""
    await api.ask("PUT", PATH, json={"anaconda_ident_settings": {"enabled": True, "selected_tokens": ["user"]}})
    first = await api.ask("PUT", PATH, json={"user_channel_autocreate": False})
    second = await api.ask("PUT", PATH, json={"anaconda_ident_settings": {"enable_from": "2026-06-01"}})

    ident = {"enabled": True, "enable_from": None, "selected_tokens": ["user"]}
    assert (first.status_code, first.json()) == (
        200,
        {"user_channel_autocreate": False, "anaconda_ident_settings": ident},
    )
    expected = {"user_channel_autocreate": False, "anaconda_ident_settings": ident | {"enable_from": "2026-06-01"}}
    assert second.json() == (await api.ask("GET", PATH)).json() == expected


async def test_the_whole_object_may_be_sent_back(api: Api) -> None:
    """As newer clients do; nothing changes, and nothing is said."""
    shown = (await api.ask("GET", PATH)).json()
    answer = await api.ask("PUT", PATH, json=shown)

    assert (answer.status_code, answer.json()) == (200, NEW)
    assert api.said(SettingsChanged) == []


async def test_a_change_is_told_with_who_made_it(api: Api) -> None:
    """For the audit trail; the values stay here."""
    await api.ask("PUT", PATH, json={"user_channel_autocreate": False, "anaconda_ident_settings": {"enabled": False}})

    (said,) = api.said(SettingsChanged)
    assert isinstance(said, SettingsChanged)
    assert (said.fields, said.by) == (("user_channel_autocreate",), "admin")
    assert said.by_address is not None


async def test_two_who_change_different_keys_both_get_their_wish(api: Api) -> None:
    """Each write is conditional, and is tried again on what the other wrote."""
    wishes = [
        {"user_channel_autocreate": False},
        {"anaconda_ident_settings": {"enabled": True}},
        {"anaconda_ident_settings": {"selected_tokens": ["host"]}},
    ]
    answers = await asyncio.gather(*(api.ask("PUT", PATH, json=wish) for wish in wishes))

    assert {answer.status_code for answer in answers} == {200}
    assert (await api.ask("GET", PATH)).json() == {
        "user_channel_autocreate": False,
        "anaconda_ident_settings": {"enabled": True, "enable_from": None, "selected_tokens": ["host"]},
    }


@pytest.mark.parametrize(
    ("body", "words"),
    [
        ({"user_chanel_autocreate": False}, "user_chanel_autocreate"),
        ({"anaconda_ident_settings": {"on": True}}, "`on`"),
        ({"user_channel_autocreate": "no"}, "bool"),
        ({"user_channel_autocreate": None}, "null"),
        ({"anaconda_ident_settings": {"enable_from": "soon"}}, "a day or a moment"),
        ({"anaconda_ident_settings": {"selected_tokens": "user"}}, "array"),
        ([], "object"),
    ],
    ids=["unknown", "unknown-below", "type", "null", "day", "words", "list"],
)
async def test_what_makes_no_sense_is_refused_in_words(api: Api, body: object, words: str) -> None:
    """A mistyped key would else be told as: changed."""
    answer = await api.ask("PUT", PATH, json=body)

    assert answer.status_code == 400
    assert words in answer.json()["detail"]
    assert (await api.ask("GET", PATH)).json() == NEW


async def test_settings_are_not_for_strangers(api: Api) -> None:
    """Neither to see nor to change."""
    for method in ("GET", "PUT"):
        answer = await api.client.request(method, PATH, json={"user_channel_autocreate": False})

        assert answer.status_code == 401
