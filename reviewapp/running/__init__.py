"""A whole instance on one machine: its processes, its own database, and who keeps them up."""

from reviewapp.running.instance import Instance, database_url, free_port, throwaway
from reviewapp.running.supervisor import Program, Supervisor

__all__ = ["Instance", "Program", "Supervisor", "database_url", "free_port", "throwaway"]
