"""Proposals for the mapping of raw tables: expressions with their reasons, for a person to confirm."""

from __future__ import annotations

import keyword
import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace

from sdtm.init_columns import RawColumn, RawForm
from sdtm.init_domains import SUBJECT, Home, home_of, homes
from sdtm.init_match import HIGH, LOW, MEDIUM, RULED, Match, candidates, is_date, matches
from sdtm.init_words import bare, words_of_name

_CLOCK = re.compile(r"\d{1,2}(:\d\d){1,2}")
_LABEL_RANK = 3
_SIGNS = ("-", "_", "/")
_YEAR = re.compile(r"(19|20)\d\d")
_BEARS = "the column bears the variable's name"


@dataclass(frozen=True)
class Proposal:
    """A rule that fills a variable, how sure it is and why; the raw columns that it reads."""

    dataset: str
    variable: str
    expression: str
    confidence: str
    reason: str
    block: str = ""
    where: str = ""
    columns: tuple[str, ...] = ()
    match: Match | None = None

    @property
    def comment(self) -> str:
        """What a reader of the row should know."""
        return f"proposal ({self.confidence}): {self.reason}"


@dataclass
class Placed:
    """A raw table with the dataset that it is for (None: not known), the proposals from it, and what is left.

    read: columns that rules of the standard read besides.
    """

    form: RawForm
    home: Home | None
    block: str = ""
    proposals: list[Proposal] = field(default_factory=list)
    read: set[str] = field(default_factory=set)

    @property
    def unplaced(self) -> list[RawColumn]:
        """The columns that nothing reads, those without any value left out."""
        used = {name for proposal in self.proposals for name in proposal.columns} | {self.form.subject} | self.read
        parts = {part for column in self.form.grouped() if column.name in used for part in (column.code, *column.parts)}
        return [c for name, c in self.form.columns.items() if name not in used | parts and not c.empty]


def place(forms: Iterable[RawForm]) -> list[Placed]:
    """Every raw table with its dataset and the proposals for its columns; dates of subjects go to DM."""
    listed = list(forms)
    placed = [Placed(form, home) for form, home in zip(listed, homes(listed))]
    _name_blocks(placed)
    for one in placed:
        if one.home:
            found = matches(one.form.grouped(), one.home.dataset, one.home.prefix)
            one.proposals = [_proposal(one, match, one.home.dataset) for match in found]
            _add_times(one)
    filled = {p.variable for one in placed if one.home and one.home.dataset == SUBJECT for p in one.proposals}
    if any(one.home and one.home.dataset == SUBJECT for one in placed):
        for one in placed:
            if not one.home or one.home.dataset != SUBJECT:
                _add_subject_dates(one, filled)
    return placed


def _name_blocks(placed: Sequence[Placed]) -> None:
    """A block is called like its dataset in small letters; several of a dataset are numbered."""
    tables = {one.form.table for one in placed}
    for one in placed:
        if one.home:
            same = [other for other in placed if other.home and other.home.dataset == one.home.dataset]
            plain = one.home.dataset.lower()
            number = str(same.index(one) + 1) if len(same) > 1 or plain in tables else ""
            one.block = plain + number


def reference(name: str, table: str = "") -> str:
    """A raw column as an expression names it; in backticks where it is no identifier.

    >>> reference("IT.AETERM"), reference("DEATHDT", "ds_raw")
    ('`IT.AETERM`', 'ds_raw.DEATHDT')
    """
    plain = name.isascii() and name.isidentifier() and not keyword.iskeyword(name)
    shown = name if plain else f"`{name}`"
    return f"{table}.{shown}" if table else shown


def _proposal(one: Placed, match: Match, dataset: str, table: str = "") -> Proposal:
    column, variable = match.column, match.variable
    # A bare name is a variable of the dataset before it is a column, but in the rules that fill it.
    clashes = ({known.name for known in candidates(dataset)} | {*RULED}) - {variable.name}
    owner = table or (one.form.table if column.name in clashes else "")
    names = [reference(name, owner) for name in (column.code, column.name) if name]
    expression = names[-1]
    if column.parts and is_date(variable):
        expression = f"iso8601({', '.join(reference(part, owner) for part in column.parts)})"
    elif match.date:
        expression = f"assign_datetime({names[-1]}, '{match.date.format}')"
    elif match.codelist:
        expression = f"assign_ct({', '.join(names)})"
    elif variable.type == "Num":
        expression = f"number({names[-1]})"
    used = tuple(name for name in (column.name, column.code, *column.parts) if name)
    return Proposal(dataset, variable.name, expression, match.confidence, match.reason, one.block, "", used, match)


def _add_times(one: Placed) -> None:
    """A time collected apart from its date joins it: its name reads as that of the date, with time for date."""
    left = {column.name: column for column in one.unplaced}
    prefix = one.home.prefix if one.home else ""
    for number, proposal in enumerate(one.proposals):
        if proposal.match is None or proposal.match.date is None or "H" in proposal.match.date.format:
            continue
        words = words_of_name(proposal.match.column.name, prefix)
        for name, column in left.items():
            time = words_of_name(name, prefix)
            if time - {"time"} == words - {"date"} and "time" in time and all(map(_CLOCK.fullmatch, column.values)):
                expression = proposal.expression.removesuffix(")") + f", {reference(name)})"
                reason = f"{proposal.reason}; {name} is its time"
                columns = (*proposal.columns, name)
                one.proposals[number] = replace(proposal, expression=expression, reason=reason, columns=columns)


def _add_subject_dates(one: Placed, filled: set[str]) -> None:
    """Dates of the subject on other forms, such as that of death: the one value there is goes to DM.

    So does every variable of DM in a table that is for no other dataset and has one row of a subject, such as the
    arm in the list of randomisation.
    """
    if not one.form.subject:
        return
    left = {column.name for column in one.unplaced}
    prefix = one.home.prefix if one.home else ""
    of_subjects = one.home is None and one.form.once and _speaks_of_subjects(one.form)
    grouped = [column for column in one.form.grouped() if column.name in left]
    for match in matches(grouped, SUBJECT, prefix, _LABEL_RANK):
        said = is_date(match.variable) and len(words_of_name(match.column.name, prefix)) > 1
        if (said or of_subjects) and match.variable.name not in filled:
            proposal = _proposal(one, match, SUBJECT, one.form.table)
            single = f"only({proposal.expression})"
            reason = f"{proposal.reason}; it stands in {one.form.file}"
            one.proposals.append(replace(proposal, expression=single, reason=reason, block=""))
            filled.add(match.variable.name)


def _speaks_of_subjects(form: RawForm) -> bool:
    home = home_of(form)
    return home is not None and home.dataset == SUBJECT


# --- rules of the standard ------------------------------------------------------------------------------


def subject_rules(form: RawForm, study: str) -> list[Proposal]:
    """SUBJID and SITEID of DM: columns of that name, else the parts of the subject number.

    A part is SUBJID only where no two subjects share it, for SUBJID is unique within the study (SDTMIG 3.4, 5.2).
    """
    if not form.subject:
        return []
    column, named = form.columns[form.subject], _named_columns(form)
    parts, sign = _parts_of(column.values, study)
    own = named.get("SUBJID", "")
    found = []
    if own:
        found.append(Proposal(SUBJECT, "SUBJID", reference(own), HIGH, _BEARS, columns=(own,)))
    elif parts and len({texts[-1] for texts in parts}) == len(parts):
        count = len(column.values[0].split(sign))
        why = f"the last of {count} parts of {form.subject}; no two subjects share it"
        found.append(_part("SUBJID", form.subject, count, sign, MEDIUM, why))
    else:
        name = bare(form.subject).upper()
        shared = "; its last part alone does not tell the subjects apart" if parts else ""
        sure = LOW if name == "USUBJID" else HIGH
        more = "; it may hold more than the number within the study" if name == "USUBJID" else shared
        why = f"it is the number of the subject{more}"
        found.append(Proposal(SUBJECT, "SUBJID", reference(form.subject), sure, why, columns=(form.subject,)))
    return [*found, *_site(form, named, parts, sign)]


def _site(form: RawForm, named: Mapping[str, str], parts: Sequence[Sequence[str]], sign: str) -> list[Proposal]:
    """SITEID: the column of that name, else one whose name speaks of the site, else what stands before the number."""
    if "SITEID" in named:
        return [_own_site(named["SITEID"])]
    near = next((c for c in form.columns if "site" in words_of_name(c) and not form.columns[c].empty), "")
    if near:
        why = f"the name of {near} speaks of the site"
        return [Proposal(SUBJECT, "SITEID", reference(near), MEDIUM, why, columns=(near,))]
    fronts = {texts[-2] for texts in parts if len(texts) > 1}
    if not fronts or len(fronts) == len(parts) > 1:
        return []
    count = len(form.columns[form.subject].values[0].split(sign))
    several = f"{len(fronts)} values stand" if len(fronts) > 1 else f"{next(iter(fronts))!r} alone stands"
    why = f"{several} before the last part of {form.subject}, and no column speaks of the site"
    years = all(_YEAR.fullmatch(front) for front in fronts)
    sure = MEDIUM if len(fronts) > 1 and not years else LOW
    return [_part("SITEID", form.subject, count - 1, sign, sure, why + ("; they may be years" if years else ""))]


def _part(variable: str, column: str, number: int, sign: str, sure: str, why: str) -> Proposal:
    return Proposal(SUBJECT, variable, f"scan({reference(column)}, {number}, '{sign}')", sure, why, columns=(column,))


def _named_columns(form: RawForm) -> dict[str, str]:
    """The columns that hold anything by what they are called, in capitals."""
    return {bare(name).upper(): name for name in reversed(list(form.columns)) if not form.columns[name].empty}


def _parts_of(values: Sequence[str], study: str) -> tuple[list[list[str]], str]:
    """The parts of each subject number without the study in front, and the sign between them; none where the
    numbers are not made alike."""
    for sign in _SIGNS:
        found = [value.split(sign) for value in values]
        if found and len({len(texts) for texts in found}) == 1 and len(found[0]) in (2, 3) and all(map(all, found)):
            fronts = {texts[0] for texts in found}
            return [texts[1:] if fronts == {study} else texts for texts in found], sign
    return [], ""


def _own_site(column: str) -> Proposal:
    return Proposal(SUBJECT, "SITEID", reference(column), HIGH, _BEARS, columns=(column,))


def derived_rules(placed: Sequence[Placed]) -> list[Proposal]:
    """Rules that the SDTMIG gives for DM, as far as their sources are proposed."""
    filled = {(p.dataset, p.variable) for one in placed for p in one.proposals}
    if not any(one.home and one.home.dataset == SUBJECT for one in placed):
        return []
    found = []
    if ("EX", "EXSTDTC") in filled:
        last = "EXENDTC" if ("EX", "EXENDTC") in filled else "EXSTDTC"
        guide = "SDTMIG 3.4, 5.2: the first and the last exposure"
        found = [
            Proposal(SUBJECT, "RFXSTDTC", "min(EX.EXSTDTC)", HIGH, guide),
            Proposal(SUBJECT, "RFXENDTC", f"max(EX.{last})", HIGH, guide),
            Proposal(SUBJECT, "RFSTDTC", "min(EX.EXSTDTC)", MEDIUM,
                     "usually the first exposure; the protocol may say another day"),
        ]  # fmt: skip
    if (SUBJECT, "DTHDTC") in filled:
        why = "a subject with a date of death has died"
        found.append(Proposal(SUBJECT, "DTHFL", "'Y'", HIGH, why, where="not missing(DTHDTC)"))
    if (SUBJECT, "AGE") in filled and (SUBJECT, "AGEU") not in filled:
        why = "no column holds the unit of AGE; years are usual"
        found.append(Proposal(SUBJECT, "AGEU", "'YEARS'", LOW, why, where="not missing(AGE)"))
    return found


def general_rules(placed: Sequence[Placed], referenced: bool) -> list[Proposal]:
    """The rules of `mapping/all.csv`: identifiers, numbering and, with a reference date, study days."""
    ends = {p.variable[2:] for one in placed for p in one.proposals if p.variable.endswith("DTC")}
    found = [
        Proposal("", "STUDYID", "STUDYID", HIGH, "the constant of study.toml"),
        Proposal("", "DOMAIN", "domain()", HIGH, "the code of the dataset"),
        Proposal("", "USUBJID", "USUBJID", HIGH, "Subject in Tables"),
        Proposal("", "--SEQ", "sequence()", HIGH, "numbered in the order of Key Variables"),
    ]
    for date, day in (("DTC", "--DY"), ("STDTC", "--STDY"), ("ENDTC", "--ENDY")):
        if referenced and date in ends:
            why = "SDTMIG 3.4, 4.4.4: the study day counts from RFSTDTC"
            found.append(Proposal("", day, f"study_day(--{date}, DM.RFSTDTC)", HIGH, why))
    return found
