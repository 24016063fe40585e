"""How the department table is made. Run by hand (`bot.triage.build_table`), never while patients wait."""
