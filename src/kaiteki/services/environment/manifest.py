"""The sensors of the town, told as data. They speak NGSI-LD; nothing is asked of people here."""

from __future__ import annotations

from typing import Final

from kaiteki.kit.grounds import DUTY
from kaiteki.kit.manifest import EVERYTHING, EntityType, Figure, Purpose, Service
from kaiteki.model.open_data import OpenData
from kaiteki.model.words import Words
from kaiteki.services.environment.figures import read_heat, read_parking, read_temperature
from kaiteki.services.environment.model import AirQualityObserved, Device, OffStreetParking, WeatherObserved

NAME: Final = Words("場所", "Place", "ばしょ")
OBSERVED: Final = Words("観測した時刻", "Observed at", "はかった とき")
ON_MAP: Final = Words("地図の場所", "On the map", "ちずの ばしょ")
DEVICE_STATES: Final = {
    "ok": Words("正常", "Working", "うごいて います"),
    "fault": Words("故障", "Faulty", "こわれて います"),
}
PROVIDER: Final = Words("データの提供元", "Provided by", "データを 出した ところ")

WEATHER: Final = EntityType(
    name="WeatherObserved",
    view=WeatherObserved,
    words=Words("気象", "Weather", "天気"),
    columns=("name", "weather_type", "temperature", "wbgt", "precipitation", "wind_speed", "date_observed"),
    labels={
        "name": NAME,
        "temperature": Words("気温（℃）", "Temperature (°C)", "気温（きおん）（℃）"),
        "relative_humidity": Words("湿度（％）", "Humidity (%)", "しめりけ（％）"),
        "precipitation": Words("雨量（mm/時）", "Rain (mm/h)", "雨の りょう（1じかんに mm）"),
        "wind_speed": Words("風速（m/秒）", "Wind (m/s)", "かぜの つよさ（1びょうに m）"),
        "wind_direction": Words("風向（度）", "Wind from (degrees)", "かぜの むき（ど）"),
        "atmospheric_pressure": Words("気圧（hPa）", "Pressure (hPa)", "気圧（きあつ）（hPa）"),
        "wbgt": Words("暑さ指数 WBGT（℃）", "Heat index WBGT (°C)", "暑（あつ）さの 数（かず）（WBGT）"),
        "weather_type": Words("天気", "Weather", "天気"),
        "date_observed": OBSERVED,
        "data_provider": PROVIDER,
        "location": ON_MAP,
    },
    public=(
        "name", "temperature", "relative_humidity", "precipitation", "wind_speed", "wind_direction",
        "atmospheric_pressure", "wbgt", "weather_type", "date_observed", "data_provider", "location",
    ),
    raw=EVERYTHING,
    times={"date_observed": "moment"},
    happens=("date_observed",),
    plays=frozenset({"map", "observation"}),
    open_data=OpenData(
        attributes=("name", "temperature", "relative_humidity", "precipitation", "wind_speed", "wind_direction",
            "atmospheric_pressure", "wbgt", "weather_type", "date_observed", "data_provider", "location"),
        theme="ENVI",
        about=Words(
            "まちの気象センサーがいま測っている気温、湿度、雨量、風、暑さ指数です。",
            "What the weather stations of the town measure now: temperature, humidity, rain, wind, heat index.",
            "まちの 天気（てんき）の きかいが はかった 数（かず）です。",
        ),
        keywords=("気温", "雨量", "暑さ指数", "WBGT"),
    ),
)  # fmt: skip

AIR: Final = EntityType(
    name="AirQualityObserved",
    view=AirQualityObserved,
    words=Words("大気", "Air", "空気"),
    columns=("name", "pm25", "no2", "date_observed"),
    labels={
        "name": NAME,
        "pm25": Words("PM2.5（µg/m³）", "PM2.5 (µg/m³)", "PM2.5（µg/m³）"),
        "no2": Words("二酸化窒素（µg/m³）", "Nitrogen dioxide (µg/m³)", "NO2（µg/m³）"),
        "date_observed": OBSERVED,
        "data_provider": PROVIDER,
        "location": ON_MAP,
    },
    public=("name", "pm25", "no2", "date_observed", "data_provider", "location"),
    raw=EVERYTHING,
    times={"date_observed": "moment"},
    happens=("date_observed",),
    plays=frozenset({"map", "observation"}),
    open_data=OpenData(
        attributes=("name", "pm25", "no2", "date_observed", "data_provider", "location"),
        theme="ENVI",
        about=Words(
            "まちの大気センサーがいま測っている PM2.5 と二酸化窒素です。",
            "What the air sensors of the town measure now: PM2.5 and nitrogen dioxide.",
            "空気（くうき）の きかいが はかった 数（かず）です。",
        ),
        keywords=("大気汚染", "PM2.5"),
    ),
)

PARKING: Final = EntityType(
    name="OffStreetParking",
    view=OffStreetParking,
    words=Words("駐車場", "Car parks", "駐車場（ちゅうしゃじょう）"),
    columns=("name", "available_spot_number", "total_spot_number", "date_observed"),
    labels={
        "name": NAME,
        "available_spot_number": Words("空き（台）", "Free spaces", "あいている 数（かず）"),
        "total_spot_number": Words("全部で（台）", "Spaces in all", "ぜんぶの 数（かず）"),
        "date_observed": OBSERVED,
        "data_provider": PROVIDER,
        "location": ON_MAP,
    },
    public=(
        "name", "available_spot_number", "total_spot_number", "date_observed", "data_provider", "location",
    ),
    raw=EVERYTHING,
    times={"date_observed": "moment"},
    happens=("date_observed",),
    plays=frozenset({"map", "observation"}),
    open_data=OpenData(
        attributes=("name", "available_spot_number", "total_spot_number", "date_observed", "data_provider", "location"),
        theme="TRAN",
        about=Words(
            "駐車場ごとの、いま空いている台数と全部の台数です。",
            "Free spaces and spaces in all of each car park, as of now.",
            "駐車場（ちゅうしゃじょう）の あきの 数（かず）です。",
        ),
        keywords=("満空", "駐車"),
    ),
)  # fmt: skip

DEVICE: Final = EntityType(
    name="Device",
    view=Device,
    words=Words("見守り装置", "Devices", "きかい"),
    columns=("name", "device_state", "controlled_asset", "date_observed"),
    labels={
        "name": NAME,
        "category": Words("種類", "Kind", "しゅるい"),
        "controlled_asset": Words("見守る設備", "Watches", "見て いる もの"),
        "device_state": Words("状態", "State", "いま"),
        "date_observed": OBSERVED,
        "data_provider": PROVIDER,
        "location": ON_MAP,
    },
    public=(
        "name", "category", "controlled_asset", "device_state", "date_observed", "data_provider", "location",
    ),
    plays=frozenset({"map", "device"}),
    codes=lambda settings: {"device_state": DEVICE_STATES},
    raw=EVERYTHING,
    times={"date_observed": "moment"},
    happens=("date_observed",),
    open_data=OpenData(
        attributes=("name", "category", "controlled_asset", "device_state", "date_observed", "data_provider", "location"),
        theme="TECH",
        about=Words(
            "まちに置いたセンサーなどの装置の場所と、いまの状態です。",
            "Where the devices of the town stand, and whether they work.",
            "まちの きかいの ばしょと、うごいて いるかです。",
        ),
        keywords=("センサー", "IoT"),
    ),
)  # fmt: skip

service = Service(
    name="environment",
    words=Words("いまのまち", "The town now", "いまの まち"),
    summary=Words(
        "気温、暑さ、空気、駐車場の空きを、町のセンサーがいま伝えています。",
        "Temperature, heat, air and free parking, as the sensors of the town tell it now.",
        "気温（きおん）や 空気、駐車場（ちゅうしゃじょう）の あきが わかります。",
    ),
    field="town",
    stage="lab",
    package="kaiteki.services.environment",
    types=(WEATHER, AIR, PARKING, DEVICE),
    figures=(
        Figure(Words("気温", "Temperature", "気温（きおん）"), read_temperature, "heat"),
        Figure(
            Words("暑さ指数（WBGT）", "Heat index (WBGT)", "暑（あつ）さの 数（かず）（WBGT）"),
            read_heat,
            "sun",
        ),
        Figure(
            Words("空いている駐車場", "Free parking", "あいて いる 駐車場（ちゅうしゃじょう）"),
            read_parking,
            "bus",
        ),
    ),
    purposes={
        "inform": Purpose(
            Words(
                "いまのまちの様子を知らせるため",
                "To tell how the town is now",
                "いまの まちを 知（し）らせるため",
            ),
            ground=DUTY,
            recipients=Words(
                "公開データなので、どなたでも", "Everybody: the data are public", "みんなが 使（つか）えます"
            ),
        )
    },
)
