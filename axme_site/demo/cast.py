"""Who is in the demo: people with their roles, a group of two, and the agents that ask."""

from intents.kernel.actors import Role

MANAGER, DEPUTY, OPS = "manager@myorg.example", "deputy@myorg.example", "ops@myorg.example"

PEOPLE = (
    ("DEMO_MANAGER", MANAGER, "Maria Manager", Role.APPROVER),
    ("DEMO_DEPUTY", DEPUTY, "Dana Deputy", Role.APPROVER),
    ("DEMO_OPS", OPS, "Otto Ops", Role.OWNER),
)
"""Each with the beginning of their variables in `demo.env`."""

FINANCE = "Finance"
FINANCE_MEMBERS = (MANAGER, DEPUTY)

AGENTS = {
    "access": ("Access agent", "Asks before it gives or takes rights."),
    "billing": ("Billing agent", "Pays invoices and refunds once somebody has agreed."),
    "contracts": ("Contract agent", "Reads contracts and compares them with earlier ones."),
    "data": ("Data agent", "Finds what is stored wrong and proposes what is right."),
    "deploy": ("Deployment agent", "Brings new versions out, one server first."),
    "pricing": ("Pricing agent", "Proposes prices from sales and costs."),
    "purchasing": ("Purchasing agent", "Orders what runs out and registers suppliers."),
    "scanner": ("Scanner", "Reads documents. Its service fails now and then."),
    "support": ("Support agent", "Answers customers, and asks when it is not sure."),
    "translator": ("Translator", "Translates texts, slowly and well."),
    "travel": ("Travel agent", "Books trips and checks expenses."),
}
"""Display name and description by name."""

WORKERS = ("scanner", "translator")
"""Those of them that ask nobody and work for others."""
