"""Ten small documents: eight leases name their tenant, seven of them their rent and their end."""

CONTRACTS = {
    "leases/01-quay.md": """---
date: 2019-03-01
---
# Lease of Quay 4

The tenant is Ida Holm. The monthly rent is 1,450 euros. The lease ends on 31 March 2027.
""",
    "leases/02-mill.md": """# Lease of the Old Mill

The tenant is Bruno Katz. The monthly rent is 2,300 euros. The lease ends on 30 June 2026.
""",
    "leases/03-barn.md": """# Lease of the Red Barn

The tenant is Chen Wei. The monthly rent is 780 euros. The lease ends on 31 December 2025.
""",
    "leases/04-loft.md": """# Lease of the Loft

The tenant is Dora Lind. The monthly rent is 990 euros. The lease ends on 1 May 2028.
""",
    "leases/05-shop.md": """# Lease of the Corner Shop

The tenant is Emil Sand. The monthly rent is 3,100 euros. The lease ends on 15 January 2026.
""",
    "leases/06-yard.md": """# Lease of the Boat Yard

The tenant is Farah Noor. The monthly rent is 1,875 euros. The lease ends on 28 February 2029.
""",
    "leases/07-flat.md": """# Lease of Flat 12

The tenant is Greta Moss. The monthly rent is 1,020 dollars. The lease ends on 30 November 2026.
""",
    "leases/08-attic.md": """# Lease of the Attic

The tenant is Hugo Berg. Nothing is owed for the first year; the owner wants the place looked after.
""",
    "leases/09-garden.md": """# Rules of the garden

Dogs are kept on a lead. The gate is locked at night. Compost goes into the green bins.
""",
    "leases/10-recipe.md": """# Bread

Mix flour, water and salt. Let the dough rest overnight. Bake it for forty minutes.
""",
}

TENANTS = (
    *("Ida Holm", "Bruno Katz", "Chen Wei", "Dora Lind", "Emil Sand", "Farah Noor", "Greta Moss"),
    "Hugo Berg",
)
"""The tenants of the first eight, in the order of the documents."""
