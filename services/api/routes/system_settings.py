"""/api/system/settings: what can be changed for the whole system while it runs."""

import msgspec
from litestar import Controller, Request, get, put
from litestar.datastructures import State
from litestar.di import NamedDependency

from libs.common.domain.access.actions import Action
from libs.common.domain.access.identity import Identity
from libs.common.domain.system_settings import SystemSettings
from services.api.edit_settings import edit_settings
from services.api.guards import caller_of
from services.api.ports import Ports
from services.api.problems import may_answer
from services.api.settings_schemas import SystemSettingsIn, SystemSettingsOut


class SystemSettingsController(Controller):
    """Settings of the whole system."""

    path = "/api/system/settings"
    tags = ("System",)

    @get(summary="Show the settings", responses=may_answer(401, 403), needs=Action.SYSTEM_VIEW)
    async def show_settings(self, ports: NamedDependency[Ports]) -> SystemSettingsOut:
        """Return all settings. `anaconda_ident_settings` has no effect; it is kept for clients that show it."""
        return _out(await ports.settings.get())

    @put(summary="Change the settings", responses=may_answer(400, 401, 403, 409), needs=Action.SYSTEM_EDIT)
    async def change_settings(
        self, data: SystemSettingsIn, request: Request[Identity, None, State], ports: NamedDependency[Ports]
    ) -> SystemSettingsOut:
        """Change the settings that are sent, and return all; those that are left out stay."""
        return _out(
            await edit_settings(
                data, by=caller_of(request.user), settings=ports.settings, bus=ports.bus, clock=ports.clock
            )
        )


def _out(settings: SystemSettings) -> SystemSettingsOut:
    return msgspec.convert(settings, SystemSettingsOut, from_attributes=True)
