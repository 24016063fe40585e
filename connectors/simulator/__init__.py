"""A phone in the browser and a fake WeChat platform behind it, for the demo and for tests."""

from connectors.simulator.blueprint import create_blueprint
from connectors.simulator.config import SimulatorConfig
from connectors.simulator.tools import Tools

__all__ = ["SimulatorConfig", "Tools", "create_blueprint"]
