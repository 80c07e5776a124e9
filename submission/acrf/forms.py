"""The forms of the case report form: their questions with what is annotated on each, and their destinations."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace

from define.crf import has_own
from language import tree
from specs.compiled import CompiledStage
from specs.model import FormRow, Spec
from specs.wildcards import prefix
from submission.acrf.annotations import ALL, COLLECTED, Annotation, annotated
from submission.acrf.behind import RawColumn

HEADER = "every-form"
_SHARED, _FEWEST, _MOST_CODES, _LONGEST_CODE = 0.5, 3, 8, 48


@dataclass(frozen=True)
class Box:
    """An annotation at its place on a form; `destination` is the name under which the place is reached."""

    annotation: Annotation
    destination: str


@dataclass(frozen=True)
class Question:
    """A question of a form, or one raw column that Forms does not list. `codes`: what a code on the form becomes."""

    columns: tuple[str, ...]
    text: str
    boxes: tuple[Box, ...]
    codes: tuple[str, ...] = ()
    reason: str = ""


@dataclass(frozen=True)
class Form:
    """A form: its raw table (HEADER for what every form shares), title, visits and questions."""

    name: str
    title: str
    visits: tuple[str, ...]
    questions: tuple[Question, ...]

    @property
    def destination(self) -> str:
        """The name under which the form is reached: that of its raw table."""
        return self.name

    @property
    def datasets(self) -> tuple[str, ...]:
        """The datasets that the form fills, in the order of its annotations; SUPP-- with its parent."""
        found = [box.annotation.dataset for question in self.questions for box in question.boxes]
        return tuple(dict.fromkeys(name.removeprefix("SUPP") for name in found if name != ALL))


def forms_of(stage: CompiledStage) -> list[Form]:
    """The forms in the order of Forms, then of the raw tables, after what all of them share."""
    known = annotated(stage)
    raw = {name: tuple(table.columns) for name, table in stage.inputs.items() if table.raw}
    listed = {column for row in stage.spec.forms for column in ((row.form, name) for name in row.columns)}
    shared = _shared(raw, listed)
    rows = {row.form: row for row in stage.spec.forms if not row.columns}
    order = sorted(raw, key=lambda name: rows[name].order if name in rows else float("inf"))
    found = [_header(raw, shared, known)] if shared else []
    for name in order:
        row = rows.get(name)
        questions = _questions(stage.spec, name, raw[name], shared, known)
        found.append(Form(name, row.text if row else "", row.visits if row else (), tuple(questions)))
    return _with_destinations(found)


def _shared(raw: Mapping[str, Sequence[str]], listed: set[tuple[str, str]]) -> tuple[str, ...]:
    """Columns that most raw tables have and that no question is made of: the header of every form."""
    counts = Counter(name for columns in raw.values() for name in columns)
    asked = {name for _, name in listed}
    least = max(_FEWEST, _SHARED * len(raw))
    order = dict.fromkeys(name for columns in raw.values() for name in columns)
    return tuple(name for name in order if counts[name] >= least and name not in asked)


def _header(
    raw: Mapping[str, Sequence[str]], shared: Sequence[str], known: Mapping[RawColumn, list[Annotation]]
) -> Form:
    questions = []
    for name in shared:
        found = [a for table in raw for a in known.get(RawColumn(table, name), []) if name in raw[table]]
        questions.append(Question((name,), "", tuple(Box(a, "") for a in dict.fromkeys(found))))
    return Form(HEADER, "Items of every form", (), tuple(questions))


def _questions(
    spec: Spec, form: str, columns: Sequence[str], shared: Sequence[str], known: Mapping[RawColumn, list[Annotation]]
) -> list[Question]:
    rows = sorted((row for row in spec.forms if row.form == form and row.columns), key=lambda row: row.order)
    asked = {name for row in rows for name in row.columns}
    alone = [name for name in columns if name not in asked and name not in shared]
    found = [_question(spec, form, row.columns, row, known) for row in rows]
    return found + [_question(spec, form, (name,), None, known) for name in alone]


def _question(
    spec: Spec, form: str, columns: tuple[str, ...], row: FormRow | None, known: Mapping[RawColumn, list[Annotation]]
) -> Question:
    boxes: dict[Annotation, Annotation] = {}
    for name in columns:
        for annotation in known.get(RawColumn(form, name), []):
            bare = replace(annotation, kind="", where="")
            boxes[bare] = _better(boxes[bare], annotation) if bare in boxes else annotation
    codes = [code for name in columns for code in _codes(spec, form, name, boxes.values())]
    text, reason = (row.text, row.not_submitted) if row else ("", "")
    return Question(columns, text, tuple(Box(a, "") for a in boxes.values()), tuple(dict.fromkeys(codes)), reason)


def _better(one: Annotation, other: Annotation) -> Annotation:
    """Of two annotations of one variable the collected one, and the one without a condition."""
    first = one if one.kind == COLLECTED or other.kind != COLLECTED else other
    return first if one.where and other.where else replace(first, where="")


def _codes(spec: Spec, form: str, column: str, found: Iterable[Annotation]) -> list[str]:
    """`1 = M`: the collected values that Collected limits to this column."""
    item = f"{form}.{column}"
    rows = [row for row in spec.collected if row.item == item]
    variables = [spec.variables.get((one.dataset, one.variable)) for one in found]
    codelists = {variable.codelist for variable in variables if variable is not None}
    shown = [_code(row.value, row.term) for row in rows if row.codelist in codelists or not codelists]
    return shown if len(shown) <= _MOST_CODES else [*shown[: _MOST_CODES - 1], f"... {len(shown)} codes"]


def _code(value: str, term: str) -> str:
    text = f"{value} = {term}"
    return text if len(text) <= _LONGEST_CODE else f"{text[:_LONGEST_CODE].rstrip()}..."


def _with_destinations(forms: Sequence[Form]) -> list[Form]:
    """Each box with a name of its own: `AE.AETERM`, at its second place `AE.AETERM.2`."""
    used: Counter[str] = Counter()

    def named(box: Box) -> Box:
        base = box.annotation.destination or box.annotation.dataset
        used[base] += 1
        return Box(box.annotation, base if used[base] == 1 else f"{base}.{used[base]}")

    return [
        replace(f, questions=tuple(replace(q, boxes=tuple(named(b) for b in q.boxes)) for q in f.questions))
        for f in forms
    ]


def references(forms: Iterable[Form], collected: bool = True) -> dict[tuple[str, str, str], list[str]]:
    """The destinations of every collected variable, by (dataset, variable, test code or "").

    A variable without test has the places of all of its tests too. collected: False for the places of all variables.
    """
    found: dict[tuple[str, str, str], list[str]] = {}
    for form in forms:
        for question in form.questions:
            for box in question.boxes:
                one = box.annotation
                if one.kind == COLLECTED or (not collected and one.variable):
                    for test in dict.fromkeys(("", one.test)):
                        found.setdefault((one.dataset, one.variable, test), []).append(box.destination)
    return found


def with_pages(spec: Spec, forms: Iterable[Form]) -> Spec:
    """The specification with the places of the annotated CRF in the blank Pages cells of collected variables.

    A row of ValueLevel for one test of a findings dataset takes the places of the test. That of a study with a CRF of
    its own stays as it is.
    """
    if has_own(spec):
        return spec
    forms = list(forms)
    places, anywhere = references(forms), references(forms, collected=False)
    variables = {}
    for key, variable in spec.variables.items():
        found = places.get((*key, ""), [])
        variables[key] = replace(variable, pages=" ".join(found)) if found and not variable.pages else variable
    rows = []
    for row in spec.value_level:
        key = (row.dataset, row.variable)
        found = places.get((*key, _test_of(row.where_clause, row.dataset))) or places.get((*key, ""), [])
        if not found and row.origin == "Collected":
            found = anywhere.get((*key, ""), [])
        rows.append(replace(row, pages=" ".join(found)) if found and not row.pages else row)
    return replace(spec, variables=variables, value_level=tuple(rows))


def _test_of(where: str, dataset: str) -> str:
    """The test code of a where clause that picks one test; "" for any other."""
    from language.errors import ExpressionError
    from language.where_clause import parse_condition

    try:
        node = parse_condition(where)
    except ExpressionError:
        return ""
    if not (isinstance(node, tree.Compare) and node.operator == "==" and isinstance(node.right, tree.Constant)):
        return ""
    picked = isinstance(node.left, tree.Name) and node.left.name == f"{prefix(dataset)}TESTCD"
    return str(node.right.value) if picked else ""
