"""Fixed lists of the reference study: terms, drugs, laboratory tests and the texts behind codes.

MedDRA-like codes are invented (99xxxxxx). Reference ranges are illustrative (style of WS/T 404 and 405).
"""

from __future__ import annotations

from typing import NamedTuple


class Term(NamedTuple):
    """A preferred term with its verbatims and its place in the stub dictionary."""

    chinese: str
    english: str
    lowest: str
    preferred: str
    high: str
    group: str
    organ_class: str


_SKIN = "Skin and subcutaneous tissue disorders"
_GUT = "Gastrointestinal disorders"
_CHEST = "Respiratory, thoracic and mediastinal disorders"
_LIVER = "Hepatobiliary disorders"
_NERVE = "Nervous system disorders"
_GENERAL = "General disorders and administration site conditions"
_TESTS = "Investigations"
_FOOD = "Metabolism and nutrition disorders"
_BLOOD = "Blood and lymphatic system disorders"
_MUSCLE = "Musculoskeletal and connective tissue disorders"
_INFECTION = "Infections and infestations"
_MIND = "Psychiatric disorders"
_VESSEL = "Vascular disorders"
_HEART = "Cardiac disorders"
_KIDNEY = "Renal and urinary disorders"
_TUMOUR = "Neoplasms benign, malignant and unspecified (incl cysts and polyps)"

TERMS = (
    # The target terms come first: skin, skin grade 4, gastrointestinal, lung, liver.
    Term("斑丘疹", "Maculopapular rash", "Maculopapular rash", "Rash maculo-papular",
         "Rashes, eruptions and exanthems NEC", "Epidermal and dermal conditions", _SKIN),
    Term("大疱性皮炎", "Bullous dermatitis", "Bullous dermatitis", "Dermatitis bullous",
         "Bullous conditions", "Epidermal and dermal conditions", _SKIN),
    Term("免疫相关性肠炎", "Immune-related enterocolitis", "Immune-mediated enterocolitis",
         "Immune-mediated enterocolitis", "Colitis (excl infective)", "Gastrointestinal inflammatory conditions",
         _GUT),
    Term("免疫相关性肺炎", "Immune-related pneumonitis", "Immune-mediated pneumonitis",
         "Immune-mediated lung disease", "Lower respiratory tract inflammatory and immunologic conditions",
         "Lower respiratory tract disorders (excl obstruction and infection)", _CHEST),
    Term("免疫相关性肝炎", "Immune-related hepatitis", "Immune-mediated hepatitis", "Immune-mediated hepatitis",
         "Hepatocellular damage and hepatitis NEC", "Hepatic and hepatobiliary disorders", _LIVER),
    Term("肿瘤进展", "Tumour progression", "Neoplasm progression", "Malignant neoplasm progression",
         "Neoplasms malignant site unspecified NEC", "Miscellaneous and site unspecified neoplasms malignant and"
         " unspecified", _TUMOUR),
    Term("注射部位红斑", "Injection site redness", "Injection site redness", "Injection site erythema",
         "Injection site reactions", "Administration site reactions", _GENERAL),
    Term("乏力", "Fatigue", "Fatigue", "Fatigue", "Asthenic conditions", "General system disorders NEC", _GENERAL),
    Term("发热", "Fever", "Fever", "Pyrexia", "Febrile disorders", "Body temperature conditions", _GENERAL),
    Term("下肢水肿", "Leg swelling", "Leg oedema", "Oedema peripheral", "Oedema NEC", "General system disorders NEC",
         _GENERAL),
    Term("恶心", "Nausea", "Nausea", "Nausea", "Nausea and vomiting symptoms",
         "Gastrointestinal signs and symptoms", _GUT),
    Term("呕吐", "Vomiting", "Vomiting", "Vomiting", "Nausea and vomiting symptoms",
         "Gastrointestinal signs and symptoms", _GUT),
    Term("便秘", "Constipation", "Constipation", "Constipation",
         "Gastrointestinal atonic and hypomotility disorders NEC", "Gastrointestinal motility and defaecation"
         " conditions", _GUT),
    Term("口腔溃疡", "Mouth ulcer", "Mouth ulcer", "Mouth ulceration", "Stomatitis and ulceration",
         "Oral soft tissue conditions", _GUT),
    Term("头痛", "Headache", "Headache", "Headache", "Headaches NEC", "Headaches", _NERVE),
    Term("头晕", "Dizziness", "Dizziness", "Dizziness", "Neurological signs and symptoms NEC",
         "Neurological disorders NEC", _NERVE),
    Term("失眠", "Insomnia", "Insomnia", "Insomnia", "Disturbances in initiating and maintaining sleep",
         "Sleep disorders and disturbances", _MIND),
    Term("高血糖", "High blood sugar", "Blood sugar high", "Hyperglycaemia", "Hyperglycaemic conditions NEC",
         "Glucose metabolism disorders (incl diabetes mellitus)", _FOOD),
    Term("低钾血症", "Low potassium", "Hypokalaemia", "Hypokalaemia", "Potassium imbalance",
         "Electrolyte and fluid balance conditions", _FOOD),
    Term("食欲下降", "Poor appetite", "Appetite decreased", "Decreased appetite", "Appetite disorders",
         "Appetite and general nutritional disorders", _FOOD),
    Term("贫血", "Anaemia", "Anaemia", "Anaemia", "Anaemias NEC", "Anaemias nonhaemolytic and marrow depression",
         _BLOOD),
    Term("血小板减少", "Low platelets", "Platelet count low", "Platelet count decreased", "Platelet analyses",
         "Haematology investigations (incl blood groups)", _TESTS),
    Term("γ-谷氨酰转移酶升高", "γ-GT increased", "GGT increased", "Gamma-glutamyltransferase increased",
         "Liver function analyses", "Hepatobiliary investigations", _TESTS),
    Term("体重增加", "Weight gain", "Weight gain", "Weight increased", "Physical examination procedures and organ"
         " system status", "Physical examination and organ system status topics", _TESTS),
    Term("关节痛", "Joint pain", "Joint pain", "Arthralgia", "Joint related signs and symptoms", "Joint disorders",
         _MUSCLE),
    Term("肌痛", "Muscle pain", "Muscle pain", "Myalgia", "Muscle pains", "Muscle disorders", _MUSCLE),
    Term("上呼吸道感染", "Upper respiratory infection", "Upper respiratory infection",
         "Upper respiratory tract infection", "Upper respiratory tract infections", "Infections - pathogen"
         " unspecified", _INFECTION),
    Term("带状疱疹", "Shingles", "Shingles", "Herpes zoster", "Herpes viral infections",
         "Viral infectious disorders", _INFECTION),
    Term("尿路感染", "Urinary infection", "Urinary infection", "Urinary tract infection",
         "Urinary tract infections", "Infections - pathogen unspecified", _INFECTION),
    Term("咳嗽", "Cough", "Cough", "Cough", "Coughing and associated symptoms", "Respiratory signs and symptoms",
         _CHEST),
    Term("高血压", "High blood pressure", "High blood pressure", "Hypertension", "Vascular hypertensive disorders",
         "Vascular hypertensive disorders", _VESSEL),
    Term("心悸", "Palpitations", "Palpitations", "Palpitations", "Cardiac signs and symptoms NEC",
         "Cardiac disorder signs and symptoms", _HEART),
    Term("皮肤瘙痒", "Itchy skin", "Itching", "Pruritus", "Pruritus NEC", "Epidermal and dermal conditions", _SKIN),
    Term("面部痤疮", "Acne of face", "Acne", "Acne", "Acnes", "Skin appendage conditions", _SKIN),
    Term("夜尿增多", "Nocturia", "Nocturia", "Nocturia", "Bladder and urethral symptoms",
         "Urinary tract signs and symptoms", _KIDNEY),
)
PROGRESSION = 5
"""Position of tumour progression; the other terms after it are the 29 terms of other adverse events."""
ORGAN_TERMS = (0, 2, 3, 4)
"""Position of the target term of skin, gastrointestinal, lung and liver."""
BULLOUS = 1


def dictionary_codes(level: str, first: int) -> tuple[str, ...]:
    """One invented code per distinct text of a level of TERMS, in order of appearance: one-to-one."""
    texts = [getattr(term, level) for term in TERMS]
    numbers = {text: first + n for n, text in enumerate(dict.fromkeys(texts))}
    return tuple(str(numbers[text]) for text in texts)


class Drug(NamedTuple):
    """A concomitant medication: verbatim, name, dictionary, usual dosing (codes of CMFRQ_C and CMRTE_C)."""

    chinese: str
    english: str
    preferred: str
    class_code: str
    class_name: str
    indication: str
    dose: str
    unit: str
    frequency: str
    route: str


DRUGS = (
    Drug("奥美拉唑肠溶胶囊", "Omeprazole enteric capsule", "OMEPRAZOLE", "A02BC", "PROTON PUMP INHIBITORS",
         "Gastric protection", "20", "mg", "1", "1"),
    Drug("碳酸钙D3片", "Calcium carbonate and vitamin D3 tablet", "CALCIUM CARBONATE;COLECALCIFEROL", "A12AX",
         "CALCIUM, COMBINATIONS WITH VITAMIN D AND/OR OTHER DRUGS", "Osteoporosis prophylaxis", "600", "mg", "1",
         "1"),
    Drug("复方磺胺甲噁唑片", "Compound sulfamethoxazole tablet", "SULFAMETHOXAZOLE;TRIMETHOPRIM", "J01EE",
         "COMBINATIONS OF SULFONAMIDES AND TRIMETHOPRIM, INCL. DERIVATIVES", "Pneumocystis prophylaxis", "480", "mg",
         "1", "1"),
    Drug("苯磺酸氨氯地平片", "Amlodipine besylate tablet", "AMLODIPINE BESILATE", "C08CA",
         "DIHYDROPYRIDINE DERIVATIVES", "Hypertension", "5", "mg", "1", "1"),
    Drug("二甲双胍片", "Metformin tablet", "METFORMIN", "A10BA", "BIGUANIDES", "Type 2 diabetes mellitus", "500",
         "mg", "2", "1"),
    Drug("阿托伐他汀钙片", "Atorvastatin calcium tablet", "ATORVASTATIN CALCIUM", "C10AA",
         "HMG COA REDUCTASE INHIBITORS", "Hyperlipidaemia", "20", "mg", "1", "1"),
    Drug("多烯磷脂酰胆碱胶囊", "Polyene phosphatidylcholine capsule", "POLYENE PHOSPHATIDYLCHOLINE", "A05BA",
         "LIVER THERAPY", "Liver protection", "456", "mg", "3", "1"),
    Drug("蒙脱石散", "Montmorillonite powder", "DIOCTAHEDRAL SMECTITE", "A07BC", "OTHER INTESTINAL ADSORBENTS",
         "Diarrhoea", "3", "g", "3", "1"),
    Drug("氯雷他定片", "Loratadine tablet", "LORATADINE", "R06AX", "OTHER ANTIHISTAMINES FOR SYSTEMIC USE",
         "Itching", "10", "mg", "1", "1"),
    Drug("炉甘石洗剂", "Calamine lotion", "CALAMINE", "D02AB", "ZINC PRODUCTS", "Itching", "", "", "8", "4"),
    Drug("氯化钾缓释片", "Potassium chloride sustained-release tablet", "POTASSIUM CHLORIDE", "A12BA", "POTASSIUM",
         "Hypokalaemia", "500", "mg", "2", "1"),
    Drug("布地奈德混悬液", "Budesonide suspension for inhalation", "BUDESONIDE", "R03BA", "GLUCOCORTICOIDS, INHALED",
         "Cough", "1", "mg", "2", "5"),
    Drug("乙酰氨基酚片", "Paracetamol tablet", "PARACETAMOL", "N02BE", "ANILIDES", "Fever", "500", "mg", "8", "1"),
    Drug("左氧氟沙星注射液", "Levofloxacin injection", "LEVOFLOXACIN", "J01MA", "FLUOROQUINOLONES",
         "Infection", "500", "mg", "1", "2"),
    Drug("低分子肝素钠注射液", "Low molecular weight heparin sodium injection", "HEPARIN-FRACTION, SODIUM SALT",
         "B01AB", "HEPARIN GROUP", "Thrombosis prophylaxis", "5000", "IU", "1", "3"),
    Drug("艾司唑仑片", "Estazolam tablet", "ESTAZOLAM", "N05CD", "BENZODIAZEPINE DERIVATIVES", "Insomnia", "1", "mg",
         "1", "1"),
)

TREATED_ORGAN = {6: 4, 7: 2, 8: 1, 9: 1, 11: 3}
"""Position in DRUGS and the organ whose target irAE the drug relieves."""


class Checkpoint(NamedTuple):
    """An immune checkpoint inhibitor: the ways in which sites write it; class 1 PD-1, 2 PD-L1, 3 CTLA-4."""

    generic: str
    brand: str
    chinese: str
    kind: int


CHECKPOINTS = (
    Checkpoint("Camrelizumab", "AiRuiKa", "卡瑞利珠单抗", 1),
    Checkpoint("Sintilimab", "TYVYT", "信迪利单抗", 1),
    Checkpoint("Tislelizumab", "BAIZEAN", "替雷利珠单抗", 1),
    Checkpoint("Pembrolizumab", "KEYTRUDA", "帕博利珠单抗", 1),
    Checkpoint("Atezolizumab", "TECENTRIQ", "阿替利珠单抗", 2),
    Checkpoint("Durvalumab", "IMFINZI", "度伐利尤单抗", 2),
    Checkpoint("Ipilimumab", "YERVOY", "伊匹木单抗", 3),
)

TUMOURS = (
    ("肺癌", "Non-small cell lung cancer"),
    ("胃癌", "Gastric cancer"),
    ("肝细胞癌", "Hepatocellular carcinoma"),
    ("肾细胞癌", "Renal cell carcinoma"),
    ("宫颈癌", "Cervical cancer"),
    ("黑色素瘤", "Melanoma"),
)
TUMOUR_WEIGHTS = (0.45, 0.20, 0.10, 0.10, 0.08, 0.07)
HISTORY = (("高血压病", "Hypertension"), ("2型糖尿病", "Type 2 diabetes mellitus"), ("高脂血症", "Hyperlipidaemia"),
           ("慢性胃炎", "Chronic gastritis"), ("阑尾切除术后", "Appendectomy"))

FAILURES = ("INCL06A", "INCL06B", "INCL06C", "INCL06D", "INCL06E", "INCL08", "EXCL05", "EXCL02", "")
"""Criterion of a screen failure; the blank one withdrew consent and fails none."""


class Analyte(NamedTuple):
    """A laboratory test: local code and name, unit, decimals, ranges (male, female), mean and sd of the log."""

    code: str
    name: str
    unit: str
    decimals: int
    male: tuple[str, str]
    female: tuple[str, str]
    mean: float
    spread: float


ANALYTES = (
    Analyte("HB", "血红蛋白", "g/L", 0, ("130", "175"), ("115", "150"), 146.0, 0.06),
    Analyte("WBC", "白细胞计数", "10^9/L", 2, ("3.50", "9.50"), ("3.50", "9.50"), 6.2, 0.16),
    Analyte("NE", "中性粒细胞计数", "10^9/L", 2, ("1.80", "6.30"), ("1.80", "6.30"), 3.7, 0.18),
    Analyte("LY", "淋巴细胞计数", "10^9/L", 2, ("1.10", "3.20"), ("1.10", "3.20"), 1.6, 0.16),
    Analyte("PLT", "血小板计数", "10^9/L", 0, ("125", "350"), ("125", "350"), 215.0, 0.16),
    Analyte("PT", "凝血酶原时间", "s", 1, ("9.4", "12.5"), ("9.4", "12.5"), 11.2, 0.04),
    Analyte("APTT", "活化部分凝血活酶时间", "s", 1, ("25.1", "36.5"), ("25.1", "36.5"), 30.5, 0.06),
    Analyte("INR", "国际标准化比值", "", 2, ("0.80", "1.20"), ("0.80", "1.20"), 1.0, 0.05),
    Analyte("ALT", "丙氨酸氨基转移酶", "U/L", 0, ("9", "50"), ("7", "40"), 21.0, 0.22),
    Analyte("AST", "天门冬氨酸氨基转移酶", "U/L", 0, ("15", "40"), ("13", "35"), 22.0, 0.14),
    Analyte("ALP", "碱性磷酸酶", "U/L", 0, ("45", "125"), ("50", "135"), 82.0, 0.15),
    Analyte("GGT", "γ-谷氨酰转移酶", "U/L", 0, ("10", "60"), ("7", "45"), 26.0, 0.22),
    Analyte("TBIL", "总胆红素", "umol/L", 1, ("3.4", "20.5"), ("3.4", "20.5"), 11.0, 0.18),
    Analyte("DBIL", "直接胆红素", "umol/L", 1, ("0.0", "6.8"), ("0.0", "6.8"), 3.2, 0.16),
    Analyte("CREA", "肌酐", "umol/L", 0, ("57", "97"), ("41", "73"), 66.0, 0.08),
    Analyte("ALB", "白蛋白", "g/L", 1, ("40.0", "55.0"), ("40.0", "55.0"), 43.0, 0.04),
    Analyte("HCG", "人绒毛膜促性腺激素", "", 0, ("", ""), ("", ""), 0.0, 0.0),
)
CODES = tuple(analyte.code for analyte in ANALYTES)

SUBJECT_REASONS = ("患者拒绝", "因距离未能到访", "因疫情未能到访")
"""Reasons for a missed visit (VISND), an undone grade (NDREAS), an undone panel (LBNDREAS)."""
INJECTION_REASONS = ("患者未到访", "药品未到", "研究者决定")
END_OTHER = {4: "个人原因退出", 5: "研究者判断", 9: "迁居外地"}
"""EOSOTH by EOSREAS_C."""

STEROIDS = {10: "Prednisone", 11: "Prednisolone", 12: "Methylprednisolone", 13: "Hydrocortisone",
            14: "Dexamethasone", 20: "Mycophenolate mofetil", 21: "Tacrolimus", 22: "Infliximab",
            23: "Immunoglobulin", 24: "Vedolizumab", 99: "Other"}
OTHER_DRUG = "Tripterygium glycosides"
"""CSTRTOTH of drug 99."""
FREQUENCIES = {1: "QD", 2: "BID", 3: "TID", 4: "QID", 5: "QOD", 6: "Q12H", 7: "ONCE", 8: "PRN", 99: "Other"}
DECODES: dict[str, dict[int, str]] = {
    "YN": {0: "No", 1: "Yes"},
    "SEX": {1: "Male", 2: "Female"},
    "RACE": {1: "Asian", 2: "White", 3: "Black", 9: "Other"},
    "ORGAN": {1: "Skin", 2: "Gastrointestinal", 3: "Lung", 4: "Liver"},
    "GRADE": {0: "Grade 0", 1: "Grade 1", 2: "Grade 2", 3: "Grade 3", 4: "Grade 4", 5: "Grade 5"},
    "ICICLS": {1: "PD-1", 2: "PD-L1", 3: "CTLA-4"},
    "AEREL": {1: "Related", 2: "Probably related", 3: "Possibly related", 4: "Unlikely related", 5: "Not related"},
    "AEACN": {1: "Dose not changed", 2: "Drug interrupted", 3: "Drug withdrawn", 4: "Not applicable", 9: "Unknown"},
    "AEOUT": {1: "Recovered", 2: "Recovering", 3: "Not recovered", 4: "Recovered with sequelae", 5: "Fatal",
              6: "Unknown"},
    "SDRTE": {1: "Subcutaneous"},
    "SDLOC": {1: "Arm", 2: "Thigh", 3: "Abdominal wall"},
    "CSTRT": STEROIDS,
    "FRQ": FREQUENCIES,
    "CSRTE": {1: "IV", 2: "PO", 3: "IM", 4: "Topical", 5: "Inhaled"},
    "CMRTE": {1: "Oral", 2: "Intravenous", 3: "Subcutaneous", 4: "Topical", 5: "Inhaled", 6: "Intramuscular",
              99: "Other"},
    "CSPURP": {1: "Target irAE", 2: "Premedication", 3: "Other"},
    "VISMODE": {1: "On site", 2: "Telephone"},
    "MHTYPE": {1: "Primary tumour", 2: "Other"},
    "CHILDPUGH": {1: "A", 2: "B"},
    "EOT": {0: "Completed", 1: "Adverse event", 2: "Death", 3: "Lost to follow-up", 4: "Withdrawal by subject",
            5: "Physician decision", 6: "Progressive disease", 9: "Other"},
    "EOSSTAT": {1: "Completed", 2: "Discontinued"},
    "DTHCAUS": {1: "Immune-related adverse event", 2: "Tumour progression", 3: "Other"},
    "ARMTXT": {1: "Tα-1组", 2: "对照组"},
}
