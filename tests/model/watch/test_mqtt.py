"""Addresses of MQTT endpoints (clause 7.2)."""

from kaiteki.model.watch.mqtt import MqttAddress, parse_mqtt


def test_addresses_are_read() -> None:
    assert parse_mqtt("mqtt://example.org/city/lamps") == (
        MqttAddress("example.org", 1883, "", "", False),
        "city/lamps",
    )
    assert parse_mqtt("mqtts://anna:p%40ss@[::1]:99/a") == (MqttAddress("::1", 99, "anna", "p@ss", True), "a")
