"""What is heard by plain NATS, and what of it is missed."""

from contextlib import aclosing

import nats

from libs.common.adapters.nats.news import NatsNews
from libs.common.contracts.messages import ChannelFrozen


async def test_more_than_may_wait_is_told_as_a_gap(nats_url: str) -> None:
    """So that memory is bounded and nothing is lost in silence; what can't be read, and commands, are passed over."""
    nc, other = await nats.connect(nats_url), await nats.connect(nats_url)
    async with aclosing(NatsNews(nc, most_waiting=2).listen()) as news:
        assert await anext(news) is None
        await other.publish("channel.frozen", b"no json")
        await other.publish("channel.verify", b'{"report_id": "r"}')
        for number in range(5):
            await other.publish("channel.frozen", b'{"channel": "c%d", "channel_id": "i"}' % number)
        await other.flush()
        await other.flush()
        # What the other one said came before the answer to this.
        await nc.flush()
        heard = [await anext(news) for _ in range(3)]

    assert [item and item.message for item in heard] == [
        ChannelFrozen(channel="c0", channel_id="i"),
        ChannelFrozen(channel="c1", channel_id="i"),
        None,
    ]
    await nc.close()
    await other.close()
