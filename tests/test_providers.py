"""The file of providers: what it takes, what it refuses, and that no secret leaves it."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from pydantic import SecretStr

from aglais_hub.authenticators.oauth import ProviderDoor
from aglais_hub.errors import InvalidValueError
from aglais_hub.providers import load_providers
from aglais_hub.settings import load_settings

SECRET = "the-secret-never-shown"
BOTH = f'client_id = "us"\nclient_secret = "{SECRET}"\n'
ALL = f"""
[github]
{BOTH}
[gitlab]
{BOTH}
[our-gitlab]
kind = "gitlab"
url = "https://git.example.org/"
{BOTH}
[google]
{BOTH}
[globus]
{BOTH}
[cilogon]
institutions = ["https://idp.example.org/shibboleth"]
{BOTH}
[azure]
tenant = "0000"
{BOTH}
[keycloak]
kind = "openid"
label = "The Institute"
url = "https://login.example.org/realms/x"
{BOTH}
"""


def write(folder: Path, text: str) -> SecretStr:
    path = folder / "providers.toml"
    path.write_text(text)
    return SecretStr(str(path))


def test_each_kind_of_provider_takes_two_lines_or_three(tmp_path: Path) -> None:
    found = load_providers(write(tmp_path, ALL))
    assert [one.label for one in found] == [
        "GitHub", "GitLab", "Our Gitlab", "Google", "Globus", "CILogon", "Microsoft", "The Institute",
    ]  # fmt: skip
    doors = {one.name: ProviderDoor(one, public_url="https://hub.example.org/") for one in found}
    assert {type(door.authenticator).__name__ for door in doors.values()} == {
        "GitHubOAuthenticator", "GitLabOAuthenticator", "GoogleOAuthenticator", "GlobusOAuthenticator",
        "CILogonOAuthenticator", "AzureAdOAuthenticator", "GenericOAuthenticator",
    }  # fmt: skip
    for name, door in doors.items():
        assert door.authenticator.get_callback_url() == f"https://hub.example.org/hub/oauth/{name}/callback"
        assert door.authenticator.enable_pkce
        assert "email" in " ".join(door.authenticator.scope) or name.endswith("gitlab")
    assert doors["our-gitlab"].authenticator.token_url == "https://git.example.org/oauth/token"
    assert doors["azure"].authenticator.authorize_url.endswith("/0000/oauth2/authorize")
    assert SECRET not in repr(found)


def test_the_guides_example_is_taken(tmp_path: Path) -> None:
    guide = (Path(__file__).parents[1] / "docs" / "login.md").read_text()
    example = guide.split("```toml\n")[1].split("```")[0]
    found = load_providers(write(tmp_path, example))
    assert [one.kind for one in found] == ["github", "gitlab", "google", "globus", "cilogon", "azure", "openid"]
    for one in found:
        ProviderDoor(one, public_url="https://hub.example.org/")


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ('[github]\nclient_id = "us"', "[github] client_secret: Field required"),
        (f"[github]\nclient_idd = 1\n{BOTH}", "[github] client_idd: Extra inputs are not permitted"),
        (f"[somewhere]\n{BOTH}", "[somewhere] kind:"),
        (f'[x]\nkind = "openid"\n{BOTH}', "url is missing"),
        (f'[x]\nkind = "openid"\nurl = "login.example.org"\n{BOTH}', "url does not begin with https://"),
        (f"[cilogon]\n{BOTH}", "[cilogon]: institutions is missing"),
        (f'[cilogon]\ninstitutions = ["MIT"]\n{BOTH}', "[cilogon]: institutions are named by entity ids"),
        (f"[azure]\n{BOTH}", "[azure]: tenant is missing"),
        ('[github]\nclient_id = "us"\nclient_secret = ""', "[github] client_secret"),
        (f'[google]\nurl = "https://x.org"\n{BOTH}', "[google]: url is for github, gitlab, openid alone"),
        (f'[github]\ntenant = "x"\n{BOTH}', "[github]: tenant is for azure alone"),
        (f'[github]\ninstitutions = ["urn:x"]\n{BOTH}', "[github]: institutions is for cilogon alone"),
        (f'[email]\nkind = "github"\n{BOTH}', "no provider can be called email"),
        (f'["Git Hub"]\nkind = "github"\n{BOTH}', "[Git Hub] name"),
        ('[github]\nclient_id = "us"\nclient_secret = ""', "[github] client_secret: it is empty"),
        (f'[github]\nscope = "read:user"\n{BOTH}', '[github] scope: write a list, as in ["…"]'),
        (f"[GitHub]\n{BOTH}", "[GitHub] name: up to 20 small letters, digits and dashes, a letter first"),
        (
            f'[x]\nkind = "openid"\nurl = "https://x.org/.well-known/openid-configuration"\n{BOTH}',
            "[x]: url is the issuer alone",
        ),
        (BOTH, "client_id: write a table"),
        ("a = 1\n[github\nb = 2", "at line 2"),
    ],
)
def test_what_makes_no_sense_is_refused_by_table_and_field(tmp_path: Path, text: str, said: str) -> None:
    with pytest.raises(InvalidValueError) as refused:
        load_providers(write(tmp_path, text))
    assert said in refused.value.message
    assert refused.value.message.startswith("AGLAIS_PROVIDERS: providers.toml: ")
    assert SECRET not in refused.value.message


def test_the_platform_does_not_start_with_such_a_file(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("AGLAIS_PROVIDERS", write(tmp_path, "[github]").get_secret_value())
    with pytest.raises(InvalidValueError, match=r"\[github\] client_id"):
        load_settings()
    monkeypatch.setenv("AGLAIS_PROVIDERS", str(tmp_path / "nowhere"))
    with pytest.raises(InvalidValueError, match="AGLAIS_PROVIDERS: nowhere: it can not be read"):
        load_settings()


def test_where_there_is_no_file_the_same_is_said_as_json(monkeypatch: pytest.MonkeyPatch) -> None:
    one = {"client_id": "us", "client_secret": SECRET}
    monkeypatch.setenv("AGLAIS_PROVIDERS", json.dumps({"google": one, "github": one}))
    settings = load_settings()
    assert [one.label for one in load_providers(settings.providers)] == ["Google", "GitHub"]
    assert SECRET not in repr(settings)
    assert load_providers(SecretStr(" ")) == ()
    for text in (f'{{"github": {{"client_id": "{SECRET}"', json.dumps({"github": {"client_id": SECRET}})):
        with pytest.raises(InvalidValueError) as refused:
            load_providers(SecretStr(text))
        assert SECRET not in refused.value.message


def test_options_are_those_of_the_class(tmp_path: Path) -> None:
    (one,) = load_providers(write(tmp_path, f'[github]\n{BOTH}options = {{ allowed_organizations = ["esa"] }}'))
    authenticator = ProviderDoor(one, public_url="https://hub.example.org/").authenticator
    assert (authenticator.allowed_organizations, authenticator.allow_all) == ({"esa"}, False)
    (other,) = load_providers(write(tmp_path, f"[github]\n{BOTH}options = {{ alowed = 1 }}"))
    with pytest.raises(InvalidValueError, match="GitHubOAuthenticator has no option alowed"):
        ProviderDoor(other, public_url="https://hub.example.org/")
    for table, said in (
        (f"[github]\n{BOTH}options = {{ allowed_organizations = 5 }}", "allowed_organizations.*a set"),
        (f'[x]\nkind = "openid"\nurl = "https://x.org"\n{BOTH}options = {{ allowed_groups = ["a"] }}', "manage_groups"),
        (f'[gitlab]\n{BOTH}options = {{ gitlab_url = ["a"] }}', "gitlab_url"),
    ):
        (one,) = load_providers(write(tmp_path, table))
        with pytest.raises(InvalidValueError, match=rf"^AGLAIS_PROVIDERS: \[{one.name}\] options: .*{said}"):
            ProviderDoor(one, public_url="https://hub.example.org/")
