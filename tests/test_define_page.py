"""The page of a define.xml: every link leads somewhere, every text is a text, what belongs together is together."""

from __future__ import annotations

import base64
import hashlib
import shutil
import subprocess
import time
from pathlib import Path
from urllib.parse import unquote

import lxml.html
import pytest
from define_study import SDTM, adam_frames, sdtm_frames, spec_of, written
from lxml import etree

from define.lineage import lineage
from define.page import page, write_page
from define.read import read_define

EXAMPLES = Path(__file__).parents[2] / "shared" / "fixtures" / "define" / "examples"
CHROMIUM = shutil.which("chromium") or shutil.which("google-chrome")


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The pages of both stages of the small study, with the lineage of both specifications."""
    found = tmp_path_factory.mktemp("page")
    specs = [spec_of(found, stage) for stage in ("sdtm", "adam")]
    for spec, frames in zip(specs, (sdtm_frames(), adam_frames())):
        written(spec, frames, found / f"{spec.stage}.xml")
        write_page(found / f"{spec.stage}.xml", found / f"{spec.stage}.html", lineage(specs))
    return found


def html(path: Path) -> lxml.html.HtmlElement:
    return lxml.html.fromstring(path.read_text(encoding="utf-8"))


def more(root: lxml.html.HtmlElement, anchor: str) -> dict[str, str]:
    """What the page says of a variable below its row: name of the part to its text."""
    (row,) = root.xpath("//tr[@id=$anchor]/following-sibling::tr[1]", anchor=anchor)
    names = [" ".join(one.text_content().split()) for one in row.xpath("./td/dl/dt")]
    return dict(zip(names, (" ".join(one.text_content().split()) for one in row.xpath("./td/dl/dd"))))


def dangling(root: lxml.html.HtmlElement) -> list[str]:
    """Links and places to fill that lead nowhere in the page."""
    ids = set(root.xpath("//@id"))
    wanted = [unquote(one[1:]) for one in root.xpath("//a/@href") if one.startswith("#")]
    return [one for one in [*wanted, *root.xpath("//@data-of")] if one not in ids]


@pytest.mark.parametrize("stage", ["sdtm", "adam"])
def test_every_link_of_the_page_leads_somewhere(folder: Path, stage: str) -> None:
    root = html(folder / f"{stage}.html")
    ids = root.xpath("//@id")
    assert len(ids) == len(set(ids))
    assert dangling(root) == []


@pytest.mark.skipif(not EXAMPLES.is_dir(), reason="../shared/fixtures/define is not here")
@pytest.mark.parametrize("name", ["defineV21-SDTM.xml", "defineV21-ADaM.xml", "tdf-sdtm-define20.xml"])
def test_published_documents_have_a_page(tmp_path: Path, name: str) -> None:
    write_page(EXAMPLES / name, tmp_path / "define.html")
    root, document = html(tmp_path / "define.html"), read_define(EXAMPLES / name)
    ids = root.xpath("//@id")
    assert len(ids) == len(set(ids))
    assert dangling(root) == []
    assert len(root.xpath("//tr[@class='var']")) == sum(len(homes) for homes in document.homes.values())
    terms = document.all("o:CodeList/o:CodeListItem") + document.all("o:CodeList/o:EnumeratedItem")
    assert len(root.xpath("//table[@class='terms']/tbody/tr")) == len(terms)


def test_every_variable_term_method_and_comment_is_on_the_page(folder: Path) -> None:
    for stage in ("sdtm", "adam"):
        ids, document = set(html(folder / f"{stage}.html").xpath("//@id")), read_define(folder / f"{stage}.xml")
        for path in ("o:ItemGroupDef", "o:ItemDef", "o:CodeList", "o:MethodDef", "d:CommentDef"):
            assert {one.get("OID") for one in document.all(path)} <= ids


def test_a_variable_tells_what_stands_behind_it(folder: Path) -> None:
    told = more(html(folder / "sdtm.html"), "IT.DM.AGE")
    assert told["Made from"] == "raw_dm.BRTH_YY raw_dm.BRTH_MM raw_dm.BRTH_DD DM.RFSTDTC"
    assert told["Used for"] == "ADSL.AGE"
    assert told["Method"] == "MT.DM.AGE"
    assert more(html(folder / "sdtm.html"), "IT.DM.SEX")["On the CRF"] == "Annotated CRF, raw_dm"


def test_a_variable_of_the_stage_before_tells_what_it_is_made_from(folder: Path) -> None:
    told = more(html(folder / "adam.html"), "IT.ADSL.AGE")
    assert told["Made from"] == "DM.AGE from raw_dm.BRTH_YY, raw_dm.BRTH_MM, raw_dm.BRTH_DD, DM.RFSTDTC"
    assert more(html(folder / "adam.html"), "IT.ADIRAE.AVAL")["Analysed in"].startswith("T14.1: Relief of events")


def test_a_result_leads_to_its_records_and_variables(folder: Path) -> None:
    (result,) = html(folder / "adam.html").xpath("//article[@id='AR.1']")
    assert "ADIRAE where FASFL EQ Y and PARAMCD EQ RELW1" in " ".join(result.text_content().split())
    assert "proportion(AVAL == 1, ci='clopper_pearson')" in result.text_content()
    assert {"#IG.ADIRAE", "#IT.ADIRAE.AVAL", "#IT.ADIRAE.PARAMCD"} <= set(result.xpath(".//a/@href"))


def test_without_a_specification_the_page_tells_no_lineage(folder: Path, tmp_path: Path) -> None:
    write_page(folder / "adam.xml", tmp_path / "define.html")
    assert "Made from" not in more(html(tmp_path / "define.html"), "IT.ADSL.AGE")


def test_text_of_a_study_is_never_markup(tmp_path: Path) -> None:
    bad = "</script><img src=x onerror=alert(1)>"
    changes = {
        "sdtm/Comments.csv": f"ID,Description\nC.SUPP,{bad}\n",
        "sdtm/Define.csv": f"Attribute,Value\nStudyName,{bad}\n",
        "sdtm/Codelists.csv": SDTM["sdtm/Codelists.csv"].replace("spoons", bad),
    }
    frames = sdtm_frames()
    frames["LB"]["LBORRESU"] = frames["LB"]["LBORRESU"].replace("spoons", bad)
    written(spec_of(tmp_path, "sdtm", changes), frames, tmp_path / "define.xml")
    write_page(tmp_path / "define.xml", tmp_path / "define.html")
    root = html(tmp_path / "define.html")
    assert root.xpath("//img | //*[@onerror]") == []
    assert len(root.xpath("//script")) == 1
    assert bad in root.xpath("string(//article[@id='COM.C.SUPP'])")


def test_address_in_a_document_is_no_link(folder: Path, tmp_path: Path) -> None:
    text = (folder / "sdtm.xml").read_text(encoding="utf-8").replace('"acrf.pdf"', '"javascript:alert(1)"')
    (tmp_path / "define.xml").write_text(text, encoding="utf-8")
    write_page(tmp_path / "define.xml", tmp_path / "define.html")
    assert "javascript:" not in (tmp_path / "define.html").read_text(encoding="utf-8")


def test_page_needs_nothing_but_itself(folder: Path) -> None:
    root = html(folder / "sdtm.html")
    assert root.xpath("//link | //@src | //iframe") == []
    assert {one.partition("#")[0] for one in root.xpath("//a/@href")} == {
        "", "acrf.pdf", "csdrg.pdf", "define.xml", "ae.xpt", "dm.xpt", "faae.xpt", "lb.xpt", "suppdm.xpt", "ts.xpt",
    }  # fmt: skip


def test_only_the_script_of_the_page_may_run(folder: Path) -> None:
    root = html(folder / "sdtm.html")
    (script,) = root.xpath("//script/text()")
    digest = base64.b64encode(hashlib.sha256(script.encode()).digest()).decode()
    (policy,) = root.xpath("//meta[@http-equiv='Content-Security-Policy']/@content")
    assert f"script-src 'sha256-{digest}'" in policy
    assert "default-src 'none'" in policy


def test_two_pages_are_byte_identical(folder: Path) -> None:
    specs = [spec_of(folder, stage) for stage in ("sdtm", "adam")]
    assert page(folder / "sdtm.xml", lineage(specs)) == (folder / "sdtm.html").read_text(encoding="utf-8")


def with_terms(source: Path, path: Path, count: int) -> None:
    """The document with so many terms in its codelist of units."""
    tree = etree.parse(str(source))
    (codelist,) = tree.xpath("//*[local-name()='CodeList'][@OID='CL.UNIT']")
    term = codelist[0]
    for number in range(count):
        added = etree.fromstring(etree.tostring(term))
        added.set("CodedValue", f"unit {number}")
        codelist.insert(0, added)
    tree.write(str(path), encoding="UTF-8", xml_declaration=True)


def dom(path: Path, anchor: str) -> lxml.html.HtmlElement:
    """The page as a browser shows it at a place of it."""
    command = [str(CHROMIUM), "--headless", "--no-sandbox", "--disable-gpu", "--disable-background-networking",
               "--dump-dom", f"{path.resolve().as_uri()}#{anchor}"]  # fmt: skip
    found = subprocess.run(command, capture_output=True, text=True, timeout=120, check=True)
    return lxml.html.fromstring(found.stdout)


def test_ten_thousand_terms_are_a_page_within_seconds(folder: Path, tmp_path: Path) -> None:
    with_terms(folder / "sdtm.xml", tmp_path / "define.xml", 10_000)
    start = time.perf_counter()
    write_page(tmp_path / "define.xml", tmp_path / "define.html")
    assert time.perf_counter() - start < 15
    assert len(html(tmp_path / "define.html").xpath("//section[@id='CL.UNIT']//tbody/tr")) > 10_000


@pytest.mark.skipif(CHROMIUM is None, reason="no browser here")
def test_browser_opens_a_variable_with_its_method_and_codelist(folder: Path, tmp_path: Path) -> None:
    root = dom(folder / "sdtm.html", "IT.DM.AGE")
    assert root.xpath("//section[contains(@class,'on')]/@id") == ["IG.DM"]
    (row,) = root.xpath("//tr[@class='more open']")
    assert "Completed years between two dates." in row.text_content()
    with_terms(folder / "sdtm.xml", tmp_path / "define.xml", 10_000)
    write_page(tmp_path / "define.xml", tmp_path / "define.html")
    root = dom(tmp_path / "define.html", "IT.LB.LBORRESU")
    (row,) = root.xpath("//tr[@class='more open']")
    assert len(row.xpath(".//table[@class='terms']/tbody/tr")) == 20
    assert row.xpath("string(.//table[@class='terms']/following-sibling::a)") == "all 10003 terms"
    assert root.xpath("//section[contains(@class,'on')]/@id") == ["IG.LB"]
