"""The files of a feed and their columns: GTFS Schedule Reference (gtfs.org), 標準的なバス情報フォーマット (GTFS-JP, 国土交通省) 第3版・第4版.

A column is written as its name; `!` behind it: every row says it; `:kind` what it says (text where nothing stands); `>file.column` where the
value has to stand as well. `*` before it: part of the key, which no two rows share.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Final

import msgspec

_COLUMN: Final = re.compile(r"(\*?)(\w+)(!?)(?::(\w+))?(?:>([\w.]+))?")


class FeedColumn(msgspec.Struct, frozen=True):
    """A column of a file: whether it is part of the key, whether every row fills it, its kind, and the column (file.column) it refers to."""

    name: str
    is_key: bool = False
    is_filled: bool = False
    kind: str = "text"
    refers: str = ""


def _columns(text: str) -> tuple[FeedColumn, ...]:
    found = [_COLUMN.fullmatch(word) for word in text.split()]
    return tuple(
        FeedColumn(one[2], bool(one[1]), bool(one[3]), one[4] or "text", one[5] or "")
        for one in found
        if one is not None
    )


FILES: Final[Mapping[str, tuple[FeedColumn, ...]]] = {
    name: _columns(text)
    for name, text in {
        "agency": "*agency_id agency_name! agency_url! agency_timezone! agency_lang agency_phone agency_fare_url agency_email cemv_support",
        "agency_jp": "*agency_id!>agency.agency_id agency_official_name agency_zip_number agency_address agency_president_pos agency_president_name",
        "stops": "*stop_id! stop_code stop_name tts_stop_name stop_desc stop_lat:latitude stop_lon:longitude zone_id stop_url location_type:to4 parent_station>stops.stop_id stop_timezone wheelchair_boarding:to2 level_id platform_code stop_access",
        "routes": "*route_id! agency_id>agency.agency_id route_short_name route_long_name route_desc route_type!:whole route_url route_color:colour route_text_color:colour route_sort_order:whole continuous_pickup:to3 continuous_drop_off:to3 network_id jp_parent_route_id cemv_support",
        "routes_jp": "*route_id!>routes.route_id route_update_date:date origin_stop via_stop destination_stop",
        "calendar": "*service_id! monday!:to1 tuesday!:to1 wednesday!:to1 thursday!:to1 friday!:to1 saturday!:to1 sunday!:to1 start_date!:date end_date!:date",
        "calendar_dates": "*service_id! *date!:date exception_type!:one2",
        "shapes": "*shape_id! shape_pt_lat!:latitude shape_pt_lon!:longitude *shape_pt_sequence!:whole shape_dist_traveled:number",
        "office_jp": "*office_id! office_name! office_url office_phone",
        "pattern_jp": "*jp_pattern_id! route_update_date:date origin_stop via_stop destination_stop",
        "trips": "route_id!>routes.route_id service_id! *trip_id! trip_headsign trip_short_name direction_id:to1 block_id shape_id>shapes.shape_id wheelchair_accessible:to2 bikes_allowed:to2 cars_allowed:to2 jp_trip_desc jp_trip_desc_symbol jp_office_id>office_jp.office_id jp_pattern_id>pattern_jp.jp_pattern_id",
        "stop_times": "trip_id!>trips.trip_id arrival_time:time departure_time:time stop_id>stops.stop_id location_group_id location_id stop_sequence!:whole stop_headsign start_pickup_drop_off_window:time end_pickup_drop_off_window:time pickup_type:to3 drop_off_type:to3 continuous_pickup:to3 continuous_drop_off:to3 shape_dist_traveled:number timepoint:to1 pickup_booking_rule_id drop_off_booking_rule_id",
        "fare_attributes": "*fare_id! price!:number currency_type! payment_method!:to1 transfers:to2 agency_id>agency.agency_id transfer_duration:whole",
        "fare_rules": "fare_id!>fare_attributes.fare_id route_id>routes.route_id origin_id>stops.zone_id destination_id>stops.zone_id contains_id>stops.zone_id",
        "frequencies": "trip_id!>trips.trip_id start_time!:time end_time!:time headway_secs!:whole exact_times:to1",
        "transfers": "from_stop_id>stops.stop_id to_stop_id>stops.stop_id from_route_id>routes.route_id to_route_id>routes.route_id from_trip_id>trips.trip_id to_trip_id>trips.trip_id transfer_type:to5 min_transfer_time:whole",
        "feed_info": "feed_publisher_name! feed_publisher_url! feed_lang! default_lang feed_start_date:date feed_end_date:date feed_version feed_contact_email feed_contact_url",
        "translations": "table_name field_name language translation record_id record_sub_id field_value trans_id lang",
        "attributions": "attribution_id agency_id>agency.agency_id route_id>routes.route_id trip_id>trips.trip_id organization_name! is_producer:to1 is_operator:to1 is_authority:to1 attribution_url attribution_email attribution_phone",
        "pathways": "*pathway_id! from_stop_id!>stops.stop_id to_stop_id!>stops.stop_id pathway_mode!:whole is_bidirectional!:to1 length:number traversal_time:whole stair_count max_slope:number min_width:number signposted_as reversed_signposted_as",
        "levels": "*level_id! level_index!:number level_name",
        "rider_categories": "*rider_category_id! rider_category_name rider_category_description is_default_fare_category eligibility_url",
        "fare_rider_categories": "*fare_id!>fare_attributes.fare_id *rider_category_id! currency_type price:number",
    }.items()
}
"""The files that a feed may hold, in the order in which they are read: what others refer to comes first."""
REQUIRED: Final = ("agency", "stops", "routes", "trips", "stop_times")
REQUIRED_JP: Final = ("fare_attributes", "feed_info", "translations")
"""Beyond these where a feed has files of the Japanese format (`…_jp.txt`)."""
REFERRED: Final = frozenset(
    column.refers for columns in FILES.values() for column in columns if column.refers
)
"""The columns whose values others refer to."""
