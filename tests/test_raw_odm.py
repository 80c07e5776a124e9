"""Raw tables from CDISC ODM-XML: records and their keys, names, decodes, units, transactions, audit trails."""

from __future__ import annotations

from pathlib import Path

import pytest
from conftest import needs_shared
from lxml import etree

from formats.odm_data import COLUMNS
from formats.tables import RawTable, TableError, headers, read_table

METADATA = """\
<Study OID="ST.1">
  <GlobalVariables>
    <StudyName>One</StudyName><StudyDescription>One</StudyDescription><ProtocolName>P1</ProtocolName>
  </GlobalVariables>
  <BasicDefinitions>
    <MeasurementUnit OID="MU.KG" Name="kg"><Symbol><TranslatedText>kg</TranslatedText></Symbol></MeasurementUnit>
    <MeasurementUnit OID="MU.LB" Name="LB"><Symbol><TranslatedText>lb</TranslatedText></Symbol></MeasurementUnit>
    <MeasurementUnit OID="MU.CM" Name="cm"><Symbol><TranslatedText>cm</TranslatedText></Symbol></MeasurementUnit>
  </BasicDefinitions>
  <MetaDataVersion OID="MDV.1" Name="first">
    <ItemGroupDef OID="IG.AE" Name="Adverse events" Repeating="Yes">
      <ItemRef ItemOID="IT.AETERM" OrderNumber="1" Mandatory="Yes"/>
      <ItemRef ItemOID="IT.AESEV" OrderNumber="2" Mandatory="No"/>
      <ItemRef ItemOID="IT.AESTDAT" OrderNumber="3" Mandatory="No"/>
    </ItemGroupDef>
    <ItemGroupDef OID="IG.VS" Name="Vital signs" Repeating="No">
      <ItemRef ItemOID="IT.WEIGHT" Mandatory="No"/>
      <ItemRef ItemOID="IT.HEIGHT" Mandatory="No"/>
      <ItemRef ItemOID="IT.VSDAT" Mandatory="No"/>
      <ItemRef ItemOID="IT.VSTIM" Mandatory="No"/>
    </ItemGroupDef>
    <ItemDef OID="IT.AETERM" Name="AETERM" DataType="text" Length="200"/>
    <ItemDef OID="IT.AESEV" Name="Severity of the event" SASFieldName="AESEV" DataType="integer" Length="1">
      <CodeListRef CodeListOID="CL.SEV"/>
    </ItemDef>
    <ItemDef OID="IT.AESTDAT" Name="AESTDAT" DataType="partialDate"/>
    <ItemDef OID="IT.WEIGHT" Name="WEIGHT" DataType="float" Length="5" SignificantDigits="1">
      <MeasurementUnitRef MeasurementUnitOID="MU.KG"/><MeasurementUnitRef MeasurementUnitOID="MU.LB"/>
    </ItemDef>
    <ItemDef OID="IT.HEIGHT" Name="HEIGHT" DataType="integer" Length="3">
      <MeasurementUnitRef MeasurementUnitOID="MU.CM"/>
    </ItemDef>
    <ItemDef OID="IT.VSDAT" Name="Date/time of visit" DataType="date"/>
    <ItemDef OID="IT.VSTIM" Name="Date/time of visit" DataType="time"/>
    <CodeList OID="CL.SEV" Name="Severity" DataType="integer">
      <CodeListItem CodedValue="1"><Decode>
        <TranslatedText xml:lang="zh">轻度</TranslatedText><TranslatedText xml:lang="en">Mild</TranslatedText>
      </Decode></CodeListItem>
      <CodeListItem CodedValue="2"><Decode><TranslatedText>Moderate</TranslatedText></Decode></CodeListItem>
      <CodeListItem CodedValue="3"><Decode><TranslatedText xml:lang="en">Severe</TranslatedText></Decode></CodeListItem>
    </CodeList>
  </MetaDataVersion>
</Study>
"""
HEAD = """\
<?xml version="1.0" encoding="UTF-8"?>
<ODM xmlns="http://www.cdisc.org/ns/odm/v1.3" FileType="Transactional" FileOID="F.1"
     CreationDateTime="2026-01-05T00:00:00" ODMVersion="1.3.2">
"""
GROUP = '<ItemGroupData ItemGroupOID="IG.AE" ItemGroupRepeatKey="{key}"{more}>{items}</ItemGroupData>'


def item(oid: str, value: str, more: str = "", stamp: str = "", unit: str = "") -> str:
    inner = audit(stamp) if stamp else ""
    if unit:
        inner += f'<MeasurementUnitRef MeasurementUnitOID="{unit}"/>'
    return f'<ItemData ItemOID="{oid}" Value="{value}"{more}>{inner}</ItemData>'


def audit(stamp: str, more: str = "") -> str:
    return (
        f'<AuditRecord{more}><UserRef UserOID="U.1"/><LocationRef LocationOID="L.1"/>'
        f"<DateTimeStamp>{stamp}</DateTimeStamp></AuditRecord>"
    )


def event(*groups: str, subject: str = "001", more: str = "", form: str = "", site: str = "") -> str:
    """One SubjectData with one visit and one form."""
    inside = f'<SiteRef LocationOID="{site}"/>' if site else ""
    return (
        f'<SubjectData SubjectKey="{subject}"{more}>{inside}<StudyEventData StudyEventOID="SE.1" '
        f'StudyEventRepeatKey="1"><FormData FormOID="F.1" FormRepeatKey="1"{form}>\n'
        + "\n".join(groups)
        + "\n</FormData></StudyEventData></SubjectData>\n"
    )


def save(path: Path, *subjects: str, metadata: str = METADATA, after: str = "") -> Path:
    data = f'<ClinicalData StudyOID="ST.1" MetaDataVersionOID="MDV.1">\n{"".join(subjects)}{after}</ClinicalData>'
    path.write_text(f"{HEAD}{metadata}{data}\n</ODM>\n", encoding="utf-8")
    return path


def group(key: int, *items: str, more: str = "") -> str:
    return GROUP.format(key=key, items="".join(items), more=more)


def vital_signs(*items: str) -> str:
    return f'<ItemGroupData ItemGroupOID="IG.VS">{"".join(items)}</ItemGroupData>'


def texts(table: RawTable) -> dict[str, list[str | None]]:
    return {name: column.to_objects().tolist() for name, column in table.columns.items()}


def terms(path: Path) -> list[str | None]:
    return texts(read_table(f"{path}#IG.AE"))["AETERM"]


def refused(path: Path, part: str = "IG.AE") -> TableError:
    with pytest.raises(TableError) as caught:
        read_table(f"{path}#{part}")
    return caught.value


@pytest.fixture
def odm(tmp_path: Path) -> Path:
    return tmp_path / "odm.xml"


# --- snapshots ----------------------------------------------------------------------------------------------


def test_records_with_their_keys_codes_and_decodes(odm: Path) -> None:
    first = group(1, item("IT.AETERM", "rash"), item("IT.AESEV", "1"), item("IT.AESTDAT", "2024-03"))
    second = group(2, item("IT.AESEV", "3"), item("IT.AETERM", "naïve 皮疹 &amp; &lt;x&gt;"))
    save(odm, event(first, second, site="S.7"), event(group(1, item("IT.AETERM", "itch")), subject="002"))
    table = read_table(f"{odm}#IG.AE")
    assert texts(table) == {
        "StudyOID": ["ST.1", "ST.1", "ST.1"],
        "SubjectKey": ["001", "001", "002"],
        "LocationOID": ["S.7", "S.7", None],
        "StudyEventOID": ["SE.1", "SE.1", "SE.1"],
        "StudyEventRepeatKey": ["1", "1", "1"],
        "FormOID": ["F.1", "F.1", "F.1"],
        "FormRepeatKey": ["1", "1", "1"],
        "ItemGroupOID": ["IG.AE", "IG.AE", "IG.AE"],
        "ItemGroupRepeatKey": ["1", "2", "1"],
        "TransactionType": [None, None, None],
        "AETERM": ["rash", "naïve 皮疹 & <x>", "itch"],
        "AESEV": ["1", "3", None],
        "AESEV_DECODE": ["Mild", "Severe", None],
        "AESTDAT": ["2024-03", None, None],
    }
    lines = odm.read_text(encoding="utf-8").splitlines()
    starts = [number for number, line in enumerate(lines, 1) if "<ItemGroupData" in line]
    assert (table.line_numbers.tolist(), table.problems, table.path) == (starts, (), f"{odm}#IG.AE")


def test_units_and_names_that_two_items_share(odm: Path) -> None:
    items = [item("IT.WEIGHT", "154.3", unit="MU.LB"), item("IT.HEIGHT", "171"), item("IT.VSDAT", "2024-03-01")]
    save(odm, event(vital_signs(*items)), event(vital_signs(item("IT.WEIGHT", "70")), subject="002"))
    found = texts(read_table(f"{odm}#IG.VS"))
    assert list(found)[len(COLUMNS) :] == ["WEIGHT", "WEIGHT_UNIT", "HEIGHT", "HEIGHT_UNIT", "IT.VSDAT", "IT.VSTIM"]
    assert (found["WEIGHT"], found["WEIGHT_UNIT"]) == (["154.3", "70"], ["LB", None])
    assert (found["HEIGHT"], found["HEIGHT_UNIT"]) == (["171", None], ["cm", None])
    assert found["IT.VSDAT"] == ["2024-03-01", None]


def test_headers_need_the_metadata_alone(odm: Path) -> None:
    save(odm, event(group(1, item("IT.AETERM", "rash"))))
    expected = list(texts(read_table(f"{odm}#IG.AE")))
    assert headers(f"{odm}#IG.AE") == expected
    text = odm.read_text(encoding="utf-8")
    odm.write_text(text[: text.index("<SubjectData")], encoding="utf-8")
    assert headers(f"{odm}#IG.AE") == expected


def test_null_items_are_missing(odm: Path) -> None:
    null = '<ItemData ItemOID="IT.AESEV" IsNull="Yes"/>'
    save(odm, event(group(1, item("IT.AETERM", "rash"), null, item("IT.AESTDAT", ""))))
    table = read_table(f"{odm}#IG.AE")
    assert (texts(table)["AESEV"], texts(table)["AESTDAT"], table.problems) == ([None], [None], ())


def test_typed_items(odm: Path) -> None:
    typed = '<ItemDataString ItemOID="IT.AETERM">two\nlines</ItemDataString>'
    typed += '<ItemDataInteger ItemOID="IT.AESEV">2</ItemDataInteger>'
    found = texts(read_table(f"{save(odm, event(group(1, typed)))}#IG.AE"))
    assert (found["AETERM"], found["AESEV"], found["AESEV_DECODE"]) == (["two\nlines"], ["2"], ["Moderate"])


def test_file_without_metadata_has_the_items_of_its_data(odm: Path) -> None:
    items = [item("IT.WEIGHT", "70", unit="MU.KG"), item("IT.HEIGHT", "171")]
    save(odm, event(vital_signs(item("IT.HEIGHT", "180"))), event(vital_signs(*items), subject="002"), metadata="")
    found = texts(read_table(odm))
    assert {name: found[name] for name in list(found)[len(COLUMNS) :]} == {
        "IT.HEIGHT": ["180", "171"],
        "IT.WEIGHT": [None, "70"],
        "IT.WEIGHT_UNIT": [None, "MU.KG"],
    }
    assert headers(odm) == list(found)


def test_elements_of_vendors_are_passed_over(odm: Path) -> None:
    vendor = '<v:ItemData xmlns:v="urn:vendor" ItemOID="IT.AETERM" Value="x"/>'
    save(odm, event(group(1, item("IT.AETERM", "rash"), vendor, more=' v:Name="AE" xmlns:v="urn:vendor"')))
    assert terms(odm) == ["rash"]


def test_item_group_without_records(odm: Path) -> None:
    table = read_table(f"{save(odm, event(vital_signs(item('IT.HEIGHT', '171'))))}#IG.AE")
    assert (table.rows, texts(table)["AETERM"]) == (0, [])


def test_lines_far_down_the_file(odm: Path) -> None:
    save(odm, "\n" * 70_000, event(group(1, item("IT.AETERM", "rash"))))
    line = odm.read_text(encoding="utf-8").splitlines().index(group(1, item("IT.AETERM", "rash"))) + 1
    assert line > 70_000 and read_table(f"{odm}#IG.AE").line_numbers.tolist() == [line]


def test_records_of_two_groups_in_a_file_of_many_chunks(odm: Path) -> None:
    expected = [f"term {number} " + "皮疹\n" * (number % 7) + "." for number in range(2000)]
    subjects = [
        event(
            vital_signs(item("IT.HEIGHT", str(number))),
            group(1, f'<ItemDataString ItemOID="IT.AETERM">{text}</ItemDataString>'),
            subject=f"{number:04}",
        )
        for number, text in enumerate(expected)
    ]
    table = read_table(f"{save(odm, *subjects)}#IG.AE")
    assert texts(table)["AETERM"] == expected
    assert texts(read_table(f"{odm}#IG.VS"))["HEIGHT"] == [str(number) for number in range(2000)]
    lines = odm.read_text(encoding="utf-8").split("\n")
    starts = [number for number, line in enumerate(lines, 1) if line.startswith('<ItemGroupData ItemGroupOID="IG.AE"')]
    assert table.line_numbers.tolist() == starts


@pytest.mark.parametrize("encoding", ["utf-16", "gb18030", "big5"])
def test_encoding_that_the_file_states(odm: Path, encoding: str) -> None:
    save(odm, event(group(1, item("IT.AETERM", "中文"))))
    text = odm.read_text(encoding="utf-8").replace("轻度", "").replace('"UTF-8"', f'"{encoding}"')
    odm.write_bytes(text.encode(encoding))
    assert terms(odm) == ["中文"]


def test_bytes_outside_the_encoding_are_refused(odm: Path) -> None:
    save(odm, event(group(1, item("IT.AETERM", "rash"))))
    for encoding in ("UTF-8", "big5"):
        content = odm.read_bytes().replace(b"rash", b"\xff\xff").replace("轻度".encode(), b"")
        odm.with_name("other.xml").write_bytes(content.replace(b'"UTF-8"', f'"{encoding}"'.encode()))
        assert "this XML cannot be read" in str(refused(odm.with_name("other.xml")))


def test_metadata_version_that_includes_another(odm: Path) -> None:
    later = """<MetaDataVersion OID="MDV.2" Name="second"><Include StudyOID="ST.1" MetaDataVersionOID="MDV.1"/>
      <CodeList OID="CL.SEV" Name="Severity" DataType="integer">
        <CodeListItem CodedValue="1"><Decode><TranslatedText>Grade 1</TranslatedText></Decode></CodeListItem>
      </CodeList></MetaDataVersion></Study>"""
    save(odm, event(group(1, item("IT.AESEV", "1"))), metadata=METADATA.replace("</Study>", later))
    text = odm.read_text(encoding="utf-8").replace('<ClinicalData StudyOID="ST.1" MetaDataVersionOID="MDV.1">', "<Old>")
    first, second = text.replace("</ODM>", ""), event(group(1, item("IT.AESEV", "1")), subject="002")
    first = first.replace("<Old>", '<ClinicalData StudyOID="ST.1" MetaDataVersionOID="MDV.1">')
    both = f'{first}<ClinicalData StudyOID="ST.1" MetaDataVersionOID="MDV.2">{second}</ClinicalData></ODM>'
    odm.write_text(both, encoding="utf-8")
    assert texts(read_table(f"{odm}#IG.AE"))["AESEV_DECODE"] == ["Mild", "Grade 1"]


# --- transactions and audit trails --------------------------------------------------------------------------

INSERT, UPDATE, REMOVE = (f' TransactionType="{kind}"' for kind in ("Insert", "Update", "Remove"))


def test_updates_change_what_they_name(odm: Path) -> None:
    inserted = group(1, item("IT.AETERM", "rash"), item("IT.AESEV", "1"), more=INSERT)
    updated = group(1, item("IT.AESEV", "2"), more=UPDATE)
    found = texts(read_table(f"{save(odm, event(inserted), event(updated))}#IG.AE"))
    assert (found["AETERM"], found["AESEV"], found["TransactionType"]) == (["rash"], ["2"], ["Update"])


def test_removed_items_are_missing(odm: Path) -> None:
    inserted = group(1, item("IT.AETERM", "rash"), item("IT.AESEV", "1"), more=INSERT)
    removed = group(1, '<ItemData ItemOID="IT.AESEV" TransactionType="Remove"/>', more=UPDATE)
    table = read_table(f"{save(odm, event(inserted), event(removed))}#IG.AE")
    assert (texts(table)["AETERM"], texts(table)["AESEV"], table.problems) == (["rash"], [None], ())


@pytest.mark.parametrize("level", ["group", "form", "subject"])
def test_removed_records_are_left_out_at_every_level(odm: Path, level: str) -> None:
    there = event(group(1, item("IT.AETERM", "rash"), more=INSERT), group(2, item("IT.AETERM", "itch"), more=INSERT))
    other = event(group(1, item("IT.AETERM", "cough"), more=INSERT), subject="002")
    gone = {
        "group": event(group(1, more=REMOVE)),
        "form": event(form=REMOVE),
        "subject": f'<SubjectData SubjectKey="001"{REMOVE}/>',
    }[level]
    assert terms(save(odm, there, other, gone)) == (["itch", "cough"] if level == "group" else ["cough"])


def test_record_that_is_inserted_again_after_its_removal(odm: Path) -> None:
    before = event(group(1, item("IT.AETERM", "rash"), item("IT.AESEV", "1"), more=INSERT))
    after = event(group(1, item("IT.AETERM", "itch"), more=INSERT))
    found = texts(read_table(f"{save(odm, before, event(group(1, more=REMOVE)), after)}#IG.AE"))
    assert (found["AETERM"], found["AESEV"]) == (["itch"], [None])


def test_child_inherits_the_transaction_of_its_parent(odm: Path) -> None:
    there = event(group(1, item("IT.AETERM", "rash")), more=INSERT)
    gone = event(group(1, item("IT.AETERM", "rash")), more=REMOVE)
    assert terms(save(odm, there, gone)) == []


def test_context_changes_nothing(odm: Path) -> None:
    context = ' TransactionType="Context"'
    there = event(group(1, item("IT.AETERM", "rash"), more=INSERT))
    again = event(group(1, item("IT.AETERM", "rash"), more=context), group(2, item("IT.AETERM", "itch"), more=context))
    found = texts(read_table(f"{save(odm, there, again)}#IG.AE"))
    assert (found["AETERM"], found["TransactionType"]) == (["rash", "itch"], ["Insert", "Context"])


def test_audit_trail_of_an_item_ends_with_the_latest_time(odm: Path) -> None:
    trail = [
        item("IT.AETERM", "second", stamp="2024-03-02T08:00:00+08:00"),  # 00:00 in UTC
        item("IT.AETERM", "last", stamp="2024-03-02T00:30:00Z"),
        item("IT.AETERM", "first", stamp="2024-03-01T23:59:00Z"),
    ]
    assert terms(save(odm, event(group(1, *trail)))) == ["last"]


def test_audit_trail_by_reference(odm: Path) -> None:
    reference = '<ItemDataString ItemOID="IT.AETERM" AuditRecordID="{id}">{text}</ItemDataString>'
    items = reference.format(id="A.2", text="new") + reference.format(id="A.1", text="old")
    records = audit("2024-03-01T00:00:00", ' ID="A.1"') + audit("2024-03-02T00:00:00", ' ID="A.2"')
    assert terms(save(odm, event(group(1, items)), after=f"<AuditRecords>{records}</AuditRecords>")) == ["new"]


def test_times_that_cannot_be_compared_leave_the_order_of_the_file(odm: Path) -> None:
    first = item("IT.AETERM", "first", stamp="2024-03-02T00:00:00")
    second = item("IT.AETERM", "second", UPDATE, stamp="2024-03-01T00:00:00Z")
    assert terms(save(odm, event(group(1, first, second)))) == ["second"]


def test_removal_in_the_audit_trail(odm: Path) -> None:
    gone = f'<ItemData ItemOID="IT.AETERM"{REMOVE}>{audit("2024-03-02T00:00:00Z")}</ItemData>'
    was = item("IT.AETERM", "rash", INSERT, stamp="2024-03-01T00:00:00Z")
    assert terms(save(odm, event(group(1, gone, was)))) == [None]


# --- problems and faults ------------------------------------------------------------------------------------


def test_code_that_its_list_does_not_hold_is_a_problem(odm: Path) -> None:
    table = read_table(f"{save(odm, event(group(1, item('IT.AESEV', '9'))))}#IG.AE")
    assert (texts(table)["AESEV"], texts(table)["AESEV_DECODE"]) == (["9"], [None])
    (problem,) = table.problems
    assert (problem.column, problem.message) == ("AESEV_DECODE", "'9' is not in the code list CL.SEV")
    assert problem.line == table.line_numbers[0]


def test_items_that_contradict_themselves_are_problems(odm: Path) -> None:
    bad = '<ItemData ItemOID="IT.AETERM" Value="rash" IsNull="Yes"/><ItemData ItemOID="IT.AESTDAT"/>'
    table = read_table(f"{save(odm, event(group(1, bad)))}#IG.AE")
    assert [(problem.column, problem.value) for problem in table.problems] == [("AETERM", "rash"), ("AESTDAT", "")]
    assert texts(table)["AETERM"] == ["rash"]


def test_unknown_units_are_problems(odm: Path) -> None:
    items = [item("IT.WEIGHT", "70", unit="MU.STONE"), item("IT.VSDAT", "2024-03-01", unit="MU.KG")]
    table = read_table(f"{save(odm, event(vital_signs(*items)))}#IG.VS")
    assert texts(table)["WEIGHT_UNIT"] == ["MU.STONE"]
    assert [(problem.column, problem.value) for problem in table.problems] == [
        ("WEIGHT_UNIT", "MU.STONE"),
        ("IT.VSDAT", "MU.KG"),
    ]


@pytest.mark.parametrize("second", ["rash", "itch"])
@pytest.mark.parametrize("kind", ["", INSERT])
def test_record_given_twice_is_refused(odm: Path, second: str, kind: str) -> None:
    one, two = (group(1, item("IT.AETERM", text), more=kind) for text in ("rash", second))
    error = refused(save(odm, event(one, two)))
    lines = odm.read_text(encoding="utf-8").splitlines()
    first = next(number for number, line in enumerate(lines, 1) if "<ItemGroupData" in line)
    assert (error.line, error.column) == (first + 1, "IT.AETERM")
    assert f"already given on line {first}; give each ItemGroupData its ItemGroupRepeatKey" in str(error)


def test_two_records_of_one_key_are_refused_even_with_audit_records(odm: Path) -> None:
    one, two = (
        group(1, item("IT.AETERM", text, stamp=f"2024-03-0{day}T00:00:00")) for day, text in ((1, "rash"), (2, "itch"))
    )
    assert "already given" in str(refused(save(odm, event(one, two))))


def test_parts_of_one_record_are_joined(odm: Path) -> None:
    save(odm, event(group(1, item("IT.AETERM", "rash")), group(1, item("IT.AESEV", "1"))))
    found = texts(read_table(f"{odm}#IG.AE"))
    assert (found["AETERM"], found["AESEV"]) == (["rash"], ["1"])


def test_item_that_the_item_group_does_not_define_is_refused(odm: Path) -> None:
    error = refused(save(odm, event(group(1, item("IT.HEIGHT", "171")))))
    assert "IT.HEIGHT is not in the ItemGroupDef of IG.AE" in str(error) and error.line


def test_transaction_that_there_is_not(odm: Path) -> None:
    error = refused(save(odm, event(group(1, more=' TransactionType="Delete"'))))
    assert "'Delete' is no TransactionType; one of Insert, Update" in str(error) and error.line


def test_item_group_must_be_named_and_known(odm: Path) -> None:
    save(odm, event(group(1, item("IT.AETERM", "rash"))))
    with pytest.raises(TableError, match=r"the file has 2 item groups; .*odm\.xml#IG\.AE; known: IG\.AE, IG\.VS"):
        read_table(odm)
    assert "there is no item group 'IG.DM'" in str(refused(odm, "IG.DM"))
    with pytest.raises(TableError, match=r"no item group 'IG\.DM'"):
        headers(f"{odm}#IG.DM")


@pytest.mark.parametrize(
    ("old", "new", "message"),
    [
        ("<ODM ", '<!DOCTYPE ODM [<!ENTITY x SYSTEM "file:///etc/passwd">]><ODM ', "document type"),
        ("<ODM ", '<!DOCTYPE ODM [<!ENTITY a "aa"><!ENTITY b "&a;&a;">]><ODM ', "document type"),
        ("ns/odm/v1.3", "ns/odm/v2.0", "this is no ODM 1.3"),
        ("</ClinicalData>", "", "this XML cannot be read"),
        ("<FormData", "<FormData " + "".join(f'a{n}="{n}" ' for n in range(9)) + "<", "this XML cannot be read"),
        ("<Study ", '<x xmlns="not a name"/><Study ', "this XML cannot be read"),
        ('encoding="UTF-8"', 'encoding="martian"', "the encoding 'martian' is unknown"),
        ("<Study ", "<a>" * 300 + "</a>" * 300 + "<Study ", "nested more than 256 deep"),
        ("rash", "&unknown;", "this XML cannot be read"),
    ],
)
def test_files_that_are_not_read(odm: Path, old: str, new: str, message: str) -> None:
    save(odm, event(group(1, item("IT.AETERM", "rash"))))
    odm.write_text(odm.read_text(encoding="utf-8").replace(old, new, 1), encoding="utf-8")
    assert message in str(refused(odm))


def test_the_files_of_these_tests_are_odm(odm: Path) -> None:
    schema = etree.XMLSchema(etree.parse(needs_shared("fixtures/define/schema/cdisc-odm-1.3.2/ODM1-3-2.xsd")))
    trail = [item("IT.AETERM", "a", INSERT, "2024-03-01T00:00:00Z"), item("IT.AESEV", "1")]
    record = group(1, *trail, more=INSERT)
    weight = vital_signs(item("IT.WEIGHT", "70", unit="MU.KG")).replace(">", ' TransactionType="Insert">', 1)
    save(odm, event(record, weight, site="S.7", more=INSERT), event(group(1, more=REMOVE), more=UPDATE))
    schema.assertValid(etree.parse(odm))
