"""A file that cannot work stops the start, with one line for each mistake and where it is."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest

from bot.errors import ConfigurationError
from bot.topology import Colour, Escalation, Risk, Severity, load
from bot.topology.escalation import DEFAULT_LADDERS
from tests.stage import ANA, NOBODY, SHIPPED

pytestmark = pytest.mark.unit

TEXT = SHIPPED.read_text(encoding="utf-8")
Written = Callable[[str], Path]


@pytest.fixture
def written(tmp_path: Path) -> Written:
    def write(text: str) -> Path:
        path = tmp_path / "filmops.toml"
        path.write_text(text, encoding="utf-8")
        return path

    return write


def mistakes(path: Path) -> list[str]:
    with pytest.raises(ConfigurationError) as raised:
        load(path)
    assert all("\n" not in line for line in raised.value.mistakes)
    return [line.removeprefix(f"{path}: ") for line in raised.value.mistakes]


def changed(old: str, new: str) -> str:
    assert old in TEXT, old
    return TEXT.replace(old, new, 1)


def test_the_shipped_file_is_right() -> None:
    topology = load(SHIPPED)
    assert list(topology.services) == ["backend", "backend-staging"]
    assert topology.services["backend"].resource == "service/backend"
    assert [level.after_minutes for level in topology.escalation.levels] == [0, 15, 30]
    assert set(topology.risks) == set(Risk)


def test_the_ladders_written_in_the_shipped_file_are_the_defaults() -> None:
    shipped = load(SHIPPED).escalation
    bare = Escalation(levels=shipped.levels)
    assert shipped.severities == DEFAULT_LADDERS
    assert shipped.storm == bare.storm
    assert [bare.ladder(severity) for severity in Severity] == [
        shipped.ladder(severity) for severity in Severity
    ]
    assert [shipped.ladder(severity).waits for severity in Severity] == [
        (0, 15, 30),
        (0, 15, 30),
        (0,),
        (),
    ]


@pytest.mark.parametrize(
    ("old", "new", "line"),
    [
        ('channel = "ops-alerts"', 'channel = "Ops Alerts"', "studio.channel: "),
        ('check_at = "09:00"', 'check_at = "late"', "escalation.check_at: "),
        ('check_at = "09:00"', 'check_at = "09:00Z"', "check_at: is by the studio's own"),
        ('timezone = "UTC"', 'timezone = "Mars/Base"', "studio.timezone: unknown time zone"),
        ('timezone = "UTC"', 'timezone = "Europe"', "studio.timezone: unknown time zone 'Europe'"),
        ('timezone = "UTC"', 'timezone = "../etc"', "studio.timezone: unknown time zone"),
        ('name = "AI Film Studio"', "", "studio.name: Field required"),
        ("[services.backend]\n", '[services.backend]\ncolour = "red"\n', "services.backend.colour"),
        ('cluster = "prod"', 'cluster = "moon"', "services.backend.cluster names 'moon'"),
        ('database = "prod-db"', 'database = "x"', "services.backend.database names 'x'"),
        ('queue = "prod-jobs"\n\n', 'queue = "x"\n\n', "services.backend.queue names 'x'"),
        ('url = "https://api', 'url = "ftp://api', "services.backend.url: "),
        ('path = "/api', 'path = "api', "services.backend.critical_flows.0.path: "),
        (
            "[services.backend.colours.green]",
            "[services.backend.colours.red]",
            "services.backend.colours.red.[key]: ",
        ),
        (
            'target_group = "backend-green"',
            'target_group = "backend-blue"',
            "services.backend.colours: blue and green share a name",
        ),
        (
            'ecs_service = "backend-service-green"',
            'ecs_service = "backend-service-blue"',
            "services.backend.colours: blue and green share a name",
        ),
        (
            'autoscaling_group = "prod-gpu-workers"\nqueue = "prod-jobs"',
            'autoscaling_group = "prod-gpu-workers"\nqueue = "x"',
            "groups.gpu.queue names 'x'",
        ),
        ("error_rate = 0.05", "error_rate = 5", "thresholds.error_rate: "),
        ("error_rate = 0.05", "error_rate = nan", "thresholds.error_rate: "),
        ("p95_seconds = 0.5", "p95_seconds = 0", "thresholds.p95_seconds: "),
        ("period_seconds = 60", "period_seconds = 45", "metrics.period_seconds: CloudWatch"),
        (
            "sns_topics = []",
            'sns_topics = ["prod-alerts"]',
            "alerts.sns_topics.0: ",
        ),
        (
            "sns_topics = []",
            "[alerts.alarms.x]\nservice = 'moon'",
            "alerts.alarms.x.service names 'moon'",
        ),
        (
            "sns_topics = []",
            "[alerts.alarms.x]\nseverity = 'P5'",
            "alerts.alarms.x.severity: ",
        ),
        (
            "sns_topics = []",
            "[alerts.alarms.'a*b']\nseverity = 'P1'",
            "alerts.alarms: 'a*b' is no alarm's name",
        ),
        ("lag_seconds = 180", "lag_seconds = -1", "metrics.lag_seconds: "),
        ("watch_minutes = 3", "watch_minutes = 0", "rollback.watch_minutes: "),
        (
            "give_up_seconds = 900",
            "give_up_seconds = 400",
            "rollback.give_up_seconds is 400: the watch and the lag need 420",
        ),
        ("canary = [5, 25, 50, 100]", "canary = [25, 5, 100]", "deploy.canary: canary must rise"),
        ("canary = [5, 25, 50, 100]", "canary = [5, 25]", "deploy.canary: canary must rise"),
        ("monitor_minutes = 30", "monitor_minutes = 9", "deploy: monitor_minutes is 9"),
        (
            "watch_minutes = 10 ",
            "watch_minutes = 4 ",
            "deploy.watch_minutes is 4: a breach takes watch.trigger_minutes, 5, to be one",
        ),
        (
            "history_minutes = 10",
            "history_minutes = 4",
            "metrics.history_minutes holds 4 periods: a breach takes watch.trigger_minutes, 5",
        ),
        (
            "blind_minutes = 5",
            "blind_minutes = 11",
            "watch.blind_minutes is 11: the watch of 10 minutes would end before it",
        ),
        (
            "warm_hours = 24",
            "warm_hours = 0.5",
            "deploy.warm_hours is 0.5: the old colour would be gone before the deployment is over",
        ),
        (
            'url = "https://blue.api.aifilmstudio.com"',
            "",
            "services.backend: a release is tried on the idle colour alone: colours.blue needs a",
        ),
        (
            "boxes = [",
            'optional_flows = ["film"]\nboxes = [',
            "services.backend: deploy.optional_flows names 'film', no critical flow",
        ),
        (
            'staging = "backend-staging"',
            'staging = "x"',
            "services.backend.deploy.staging names 'x'",
        ),
        ('slack = "U0ANA"', 'slack = "ana"', "people.ana.slack: "),
        ('email = "ana@aifilmstudio.com"', 'email = "ana"', "people.ana.email: "),
        ('slack = "U0BEN"', 'slack = "U0ANA"', "two people share one Slack id"),
        ('people = ["chloe"]', 'people = ["zoe"]', "roles.lead.people names 'zoe'"),
        (
            '[risks.read]\nrequest = ["engineer", ',
            '[risks.read]\nrequest = ["boss", ',
            "risks.read names 'boss'",
        ),
        ("[risks.danger]", "[risks.peril]", "risks.peril.[key]: "),
        ("approvals = 2", "approvals = 3", "risks.danger asks for 3 approvals and only 2 people"),
        (
            'approve = ["lead", "cto"]\n',
            "",
            "risks.danger: approvals are asked for and no role may give them",
        ),
        ("remind_seconds = 300", "remind_seconds = 900", "risks.change: remind_seconds must be"),
        ("after_minutes = 30", "after_minutes = 15", "escalation.levels: after_minutes must rise"),
        ("after_minutes = 15", "after_minutes = -1", "escalation.levels.1.after_minutes: "),
        ("after_minutes = [0]", "after_minutes = [5, 5]", "after_minutes must rise"),
        (
            "after_minutes = [0]",
            "after_minutes = [0, 1, 2, 3]",
            "severities.P3.after_minutes has 4 numbers and there are 3 levels",
        ),
        ("repeat_minutes = 240", "repeat_minutes = 0", "escalation.severities.P3.repeat_minutes: "),
        ("repeats = 3", "repeats = -1", "escalation.severities.P1.repeats: "),
        ("[escalation.severities.P4]", "[escalation.severities.P5]", "severities.P5.[key]: "),
        ("incidents = 5", "incidents = 1", "escalation.storm.incidents: "),
    ],
)
def test_each_mistake_is_one_line_that_says_where(
    written: Written, old: str, new: str, line: str
) -> None:
    found = mistakes(written(changed(old, new)))
    assert any(line in one for one in found), found


def test_several_mistakes_are_several_lines(written: Written) -> None:
    text = changed('cluster = "prod"', 'cluster = "moon"').replace(
        'people = ["chloe"]', 'people = ["zoe"]'
    )
    assert len(mistakes(written(text.replace("give_up_seconds = 900", "give_up_seconds = 9")))) == 3


def test_a_risk_nobody_wrote_down_is_missed(written: Written) -> None:
    start = TEXT.index("[risks.low]")
    end = TEXT.index("[risks.change]")
    (line,) = mistakes(written(TEXT[:start] + TEXT[end:]))
    assert "risks.low is missing: say who may ask for it" in line


def test_user_groups_may_give_the_approvals_people_cannot(written: Written) -> None:
    text = changed("approvals = 2", "approvals = 3").replace(
        'people = ["dana"]', 'people = ["dana"]\ngroups = ["S0LEADS"]'
    )
    assert load(written(text)).risks[Risk.DANGER].approvals == 3


def test_a_file_that_is_not_there_is_one_line(tmp_path: Path) -> None:
    (line,) = mistakes(tmp_path / "none.toml")
    assert line == "no such file (FILMOPS_CONFIG names it)"


def test_a_file_that_cannot_be_read_is_one_line(tmp_path: Path) -> None:
    (line,) = mistakes(tmp_path)
    assert line.startswith("cannot be read: ")


@pytest.mark.parametrize("content", [b"[studio", b"\xff\xfe\x00", b"a = 1\na = 2"])
def test_what_is_not_toml_is_one_line(tmp_path: Path, content: bytes) -> None:
    path = tmp_path / "filmops.toml"
    path.write_bytes(content)
    (line,) = mistakes(path)
    assert line.startswith("not TOML: ")


@pytest.mark.parametrize("content", ["", "services = 7", "[services]\nbackend = 1", "people = []"])
def test_tables_of_another_shape_are_mistakes_and_no_bug(written: Written, content: str) -> None:
    assert mistakes(written(content))


def test_people_are_known_by_their_slack_id() -> None:
    topology = load(SHIPPED)
    ana = topology.person(ANA)
    assert ana is not None
    assert ana.name == "Ana Okafor"
    assert topology.roles_of(ANA) == {"engineer"}
    assert topology.person(NOBODY) is None
    assert topology.roles_of(NOBODY) == frozenset()


def test_a_colour_knows_the_other() -> None:
    assert Colour.BLUE.other is Colour.GREEN
    assert Colour.GREEN.other is Colour.BLUE


def test_a_service_of_one_colour_cannot_be_rolled_back(written: Written) -> None:
    half = '[services.backend.colours.green]\necs_service = "backend-service-green"\n'
    half += 'target_group = "backend-green"\nurl = "https://green.api.aifilmstudio.com"\n'
    (line,) = mistakes(written(changed(half, "")))
    assert line == "services.backend.colours: a service needs both colours, blue and green"


@pytest.mark.parametrize(
    ("sql", "line"),
    [
        ("DELETE FROM films", "a query begins with SELECT or WITH: it only reads"),
        ("-- SELECT\nDROP TABLE films", "a query begins with SELECT or WITH: it only reads"),
        ("selection", "a query begins with SELECT or WITH: it only reads"),
        ("", "a query begins with SELECT or WITH: it only reads"),
        ("SELECT 1; SELECT 2", "a query is one statement"),
    ],
)
def test_a_named_query_that_could_not_only_read_is_a_mistake(
    written: Written, sql: str, line: str
) -> None:
    query = f'\n[databases.prod-db.queries.odd]\ntitle = \'x\'\nsql = """{sql}"""\n'
    (said,) = mistakes(written(TEXT + query))
    assert said == f"databases.prod-db.queries.odd.sql: {line}"


def test_a_named_query_may_hold_any_words_and_end_as_people_end_statements(
    written: Written,
) -> None:
    sql = """/* ; */ With a as (SELECT ';' AS "x;y", $q$;$q$) SELECT * FROM a -- ;\n ; """
    query = f'\n[databases.prod-db.queries.fine]\ntitle = \'x\'\nsql = """{sql}"""\n'
    found = load(written(TEXT + query)).databases["prod-db"].queries["fine"]
    assert found.sql.endswith("-- ;")
