"""A client of Pilothouse in another language, written from PROTOCOL.md alone.

    python peer.py ws://127.0.0.1:8420/ws CHANNEL

Publishes, follows, loses its connection and resumes; prints a line for each step.
"""

import asyncio
import itertools
import json
import sys

from websockets.asyncio.client import connect

MAX_RECEIVED_BYTES = 16 * 1024 * 1024
ANSWER_WITHIN_S = 30


class Link:
    """One connection."""

    def __init__(self, socket):
        self.socket = socket
        self.refs = map(str, itertools.count(1))

    async def hear(self, *types, ref=None):
        """The next frame of these types, and with this ref if one is given."""
        while True:
            text = await asyncio.wait_for(self.socket.recv(), ANSWER_WITHIN_S)
            frame = json.loads(text)
            if frame["type"] in types and (ref is None or frame.get("ref") == ref):
                return frame

    async def say(self, **frame):
        await self.socket.send(json.dumps(frame))

    async def ask(self, answer, **frame):
        """Sends a frame with a ref of its own, and waits for its answer."""
        ref = next(self.refs)
        await self.say(ref=ref, **frame)
        return await self.hear(answer, "error", ref=ref)

    async def publish(self, channel, text, **more):
        body = {"type": "message", "role": "assistant", "text": text}
        return await self.ask("published", type="publish", channel=channel, body=body, **more)


async def open_link(url):
    socket = await connect(
        url, subprotocols=["pilothouse.v1.json"], max_size=MAX_RECEIVED_BYTES, proxy=None
    )
    assert socket.subprotocol == "pilothouse.v1.json"
    link = Link(socket)
    first = await link.hear("welcome")
    assert first["protocol"] == 1
    await link.say(type="hello", member="ada", name="Ada")
    return link, await link.hear("welcome")


async def first_connection(url, channel):
    link, welcome = await open_link(url)
    print("welcome", welcome["member"])

    for _ in range(2):
        published = await link.publish(channel, "first", id="event-1")
        print("published", published["seq"], *["duplicate"] * published.get("duplicate", False))

    subscribed = await link.ask("subscribed", type="subscribe", channel=channel)
    position = subscribed["position"]
    print("subscribed at", position["seq"], "with", len(subscribed["events"]), "events")
    assert "recovered" not in subscribed and "snapshot" in subscribed

    # The own event may come before or after its acknowledgement.
    ref = next(link.refs)
    body = {"type": "message", "role": "user", "text": "second"}
    await link.say(type="publish", ref=ref, channel=channel, body=body)
    answers = {}
    while len(answers) < 2:
        frame = await link.hear("event", "published")
        answers[frame["type"]] = frame
    event = answers["event"]
    assert event["prev"] == position["seq"] and event["author"]["member"] == "ada"
    assert answers["published"]["seq"] == event["seq"]
    print("event", event["seq"], event["body"]["text"])
    position["seq"] = event["seq"]

    history = await link.ask("history", type="history", channel=channel, limit=10)
    print("history", *[event["seq"] for event in history["events"]])
    await link.socket.close()
    print("disconnected at", position["seq"])
    return position


async def meanwhile(url, channel):
    link, _ = await open_link(url)
    for text in ["missed one", "missed two"]:
        await link.publish(channel, text)
    await link.socket.close()


async def second_connection(url, channel, position):
    link, _ = await open_link(url)
    subscribed = await link.ask("subscribed", type="subscribe", channel=channel, after=position)
    assert subscribed["recovered"] is True and subscribed["position"] == position
    print("recovered at", position["seq"], "of", subscribed["head"])
    while position["seq"] < subscribed["head"]:
        event = await link.hear("event")
        assert event["prev"] == position["seq"]
        position["seq"] = event["seq"]
        print("event", event["seq"], event["body"]["text"])

    activity = {"operation": "parse", "progress": 0.5}
    await link.say(type="signal", channel=channel, key="activity/ada", op={"set": activity})
    while True:
        signal = await link.hear("signal")
        if signal["key"] == "activity/ada":
            break
    print("signal", signal["op"]["set"]["progress"])

    refused = await link.ask("subscribed", type="subscribe", channel="nobody-knows")
    print("error", refused["code"])
    await link.socket.close()


async def main(url, channel):
    position = await first_connection(url, channel)
    await meanwhile(url, channel)
    await second_connection(url, channel, position)


asyncio.run(main(*sys.argv[1:]))
