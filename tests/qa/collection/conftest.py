"""A small collection: a house to let, a handbook for its staff, and an old ship."""

import pytest
from makings import write_files

import index

FILES = {
    "faq.md": """# Questions and answers

## Refunds

Refunds are paid within ten days. A parcel that is late is refunded in full. The invoice number has
to be given with each claim.

## Opening hours

The office is open from nine to five. On public holidays the office is closed. Visitors need a
document with a photograph.
""",
    "handbook.md": """---
title: Employee handbook
date: 2024-01-15
---
# Employee handbook

## Vacation

Every employee has 28 days of vacation a year. Vacation days expire in March of the next year.

## Remote work

Employees may work from home for two days a week. The probation period is four months. Sick leave
is reported to the personnel office in the morning. A doctor has to confirm it after three days.

## Leaving

The notice period is three months. Files and tools are returned on the last day. Pensions are paid
by the insurance, which covers accidents as well.
""",
    "rental-agreement.md": """# Rental agreement

The landlord lets the flat on the second floor to the tenant. The tenant signs two copies of it and
proves his identity. The deposit is three months' rent. Mould has to be reported to the landlord at
once. The landlord keeps all documents for ten years. The heating and the cellar may be used. Pets
need the consent of the landlord.
""",
    "minutes/minutes.txt": """The board discussed the budget and a leak in the cellar. The safety
rules of the washing machine were read out. The total number of votes was twelve. The chairman
thanked Ida Holm for the list of members. The water quality test is repeated every month. The next
meeting is on Monday.
""",
    "ships/fram.md": """# The Fram

The Fram was built for ice and sailed to the North Pole with Nansen. Its crew of thirteen members
met polar bears. The captain kept a diary. The ship and its documents are in a museum.
None was lost in a fire. The harbour of Larvik was its last one.
""",
    "ships/pilot.md": """# Pilot

The pilot guides ships into the harbour. There are four pilots. The pilot's report on the storm was
printed in the annual summary. The register lists ships and their titles.
""",
}


@pytest.fixture(scope="session")
def house(tmp_path_factory, encoder):
    """The opened index of the collection."""
    folder = tmp_path_factory.mktemp("house")
    write_files(folder / "files", FILES)
    index.build([folder / "files"], index=folder / ".footnote", encoder=encoder)
    return index.open_index(folder / ".footnote", encoder=encoder)
