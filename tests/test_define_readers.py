"""define.xml of the reference study in programs of others, and beside the published examples."""

from __future__ import annotations

import re
from pathlib import Path

import pytest
from defineutils import validate
from defineutils.validate import DefineSchemaValidator
from lxml import etree
from odmlib.arm_loader import XMLArmLoader
from odmlib.define_loader import XMLDefineLoader
from odmlib.loader import ODMLoader

ROOT = Path(__file__).parents[1]
EXAMPLES = ROOT.parent / "shared" / "fixtures" / "define" / "examples"
_ROW = re.compile(r"^\| `(\w+(?:/@\w+)?)` \| \S", re.MULTILINE)


@pytest.mark.parametrize("stage", ["sdtm", "adam"])
def test_odmlib_reads_every_definition(golden_build: Path, tmp_path: Path, stage: str) -> None:
    """The list of purposes may be extended, and odmlib knows the published ones alone: it reads these instead."""
    text = (golden_build / stage / "define.xml").read_text(encoding="utf-8")
    for purpose in ("DISPOSITION", "BASELINE", "SAFETY"):
        text = text.replace(f'AnalysisPurpose="{purpose}"', 'AnalysisPurpose="EXPLORATORY OUTCOME MEASURE"')
    path = tmp_path / "define.xml"
    path.write_text(text, encoding="utf-8")
    loader = ODMLoader(
        XMLArmLoader()
        if stage == "adam"
        else XMLDefineLoader(model_package="define_2_1", ns_uri="http://www.cdisc.org/ns/def/v2.1")
    )
    loader.open_odm_document(str(path))
    version, root = loader.MetaDataVersion(), etree.parse(str(path)).getroot()
    for name in ("ItemGroupDef", "ItemDef", "CodeList", "MethodDef", "CommentDef", "WhereClauseDef", "ValueListDef"):
        assert [one.OID for one in getattr(version, name)] == root.xpath(f"//*[local-name()='{name}']/@OID"), name


@pytest.mark.parametrize("stage", ["sdtm", "adam"])
def test_defineutils_finds_it_valid(golden_build: Path, stage: str) -> None:
    schemas = Path(validate.__file__).parent / "schema"
    schema = schemas / ("cdisc-arm-1.0/arm1-0-0.xsd" if stage == "adam" else "cdisc-define-2.1/define2-1-0.xsd")
    validator = DefineSchemaValidator(golden_build / stage / "define.xml", schema)
    assert "is valid" in str(validator.validate_define_file())


def used(*paths: Path) -> set[str]:
    """The elements and attributes (`Element/@Attribute`) of some documents."""
    found = set()
    for path in paths:
        for one in etree.parse(str(path)).getroot().iter(etree.Element):
            name = etree.QName(one).localname
            found |= {name, *(f"{name}/@{etree.QName(key).localname}" for key in one.attrib)}
    return found


@pytest.mark.skipif(not EXAMPLES.is_dir(), reason="../shared/fixtures/define is not here")
def test_page_lists_what_the_published_examples_use_and_the_reference_study_does_not(golden_build: Path) -> None:
    ours = used(*(golden_build / stage / "define.xml" for stage in ("sdtm", "adam")))
    theirs = used(EXAMPLES / "defineV21-SDTM.xml", EXAMPLES / "defineV21-ADaM.xml")
    listed = _ROW.findall((ROOT / "docs" / "define.md").read_text(encoding="utf-8"))
    assert sorted(listed) == sorted(theirs - ours)
