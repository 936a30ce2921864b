"""The embedded mongod with users: nobody else gets in, old folders are taken over, kills are mended."""

from pathlib import Path

import pymongo
import pymongo.errors
import pytest

from deploy.embedded.failure import ServerFailed
from deploy.embedded.folder import mongo_url_of
from deploy.embedded.mongo_users import MongoUsers
from deploy.embedded.servers import start_mongod
from libs.common.adapters.mongo.connect import asking, connect
from libs.common.adapters.server_secrets import ServerSecrets
from libs.common.domain.errors import StoreUnavailable

USERS = MongoUsers(admin="admin", admin_password="of-admin", user="tain", user_password="of-tain")


async def test_a_folder_of_an_older_version_gets_users_and_keeps_its_data(tmp_path: Path) -> None:
    """What was there before is read with the password alone; a killed start is gone on with."""
    open_to_all = start_mongod(tmp_path)
    with pymongo.MongoClient[dict[str, object]](open_to_all.url) as client:
        client["tain"]["things"].insert_one({"_id": "kept"})
    open_to_all.stop()
    first = start_mongod(tmp_path, users=USERS)
    first.process.kill()
    first.process.wait()
    password = tmp_path / "password"
    server = start_mongod(tmp_path, users=USERS)
    try:
        url = mongo_url_of("tain", server.url)
        password.write_text("of-tain\n")
        ours = connect(url, secrets=ServerSecrets(mongo_password_file=password))
        assert await ours["things"].find_one() == {"_id": "kept"}
        with pytest.raises(StoreUnavailable, match="does not let this user"):
            async with asking():
                await ours.client["elsewhere"]["things"].find_one()
        password.write_text("wrong-one")
        wrong = connect(url, secrets=ServerSecrets(mongo_password_file=password))
        with pytest.raises(StoreUnavailable, match="refuses the user or password") as caught:
            async with asking():
                await wrong["things"].find_one()
        with (
            pymongo.MongoClient[dict[str, object]](server.url) as anyone,
            pytest.raises(pymongo.errors.OperationFailure, match="auth"),
        ):
            anyone["tain"]["things"].find_one()
        ours.client.close()
        wrong.client.close()
    finally:
        server.stop()

    assert "wrong-one" not in str(caught.value)


def test_a_folder_with_users_from_elsewhere_is_one_plain_line(tmp_path: Path) -> None:
    """Who was quicker, or restored a copy with other passwords, is told what to do."""
    start_mongod(tmp_path, users=USERS).stop()
    others = MongoUsers(admin="admin", admin_password="another", user="tain", user_password="another")

    with pytest.raises(ServerFailed, match="refuses the passwords of this data folder") as caught:
        start_mongod(tmp_path, users=others)

    assert "\n" not in str(caught.value)
    assert "another" not in str(caught.value).replace("another folder", "")
