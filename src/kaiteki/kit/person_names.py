"""Whether a text looks like the name of a person: one of the most frequent surnames of Japan with a given name behind it. Pure.

Nobody can tell names from all other words: a column is judged by how many of its cells look like names, and by its heading. Very many
people bear one of these surnames, so that a list of people shows itself, whatever its columns are called. What ends as names of
places and offices do (小川公民館, 大島新田, 石川町) is none.
"""

from __future__ import annotations

import re
from typing import Final

_FREQUENT: Final = """
佐藤 鈴木 高橋 田中 伊藤 渡辺 渡邊 渡邉 山本 中村 小林 加藤 吉田 山田 佐々木 山口 松本 井上 木村 斎藤 齋藤 斉藤
清水 山崎 池田 橋本 阿部 石川 山下 中島 石井 小川 前田 岡田 長谷川 藤田 後藤 近藤 村上 遠藤 青木 坂本 福田 太田
西村 藤井 金子 岡本 藤原 三浦 中野 中川 原田 松田 竹内 小野 田村 中山 和田 石田 森田 上田 内田 柴田 酒井 宮崎 横山
高木 安藤 宮本 大野 小島 工藤 谷口 今井 高田 増田 丸山 杉山 村田 大塚 新井 小山 平野 藤本 河野 上野 野口 武田 松井
千葉 岩崎 菅原 木下 久保 佐野 野村 松尾 市川 菊地 杉本 古川 大西 島田 水野 桜井 高野 渡部 吉川 山内 西田 飯田 菊池
西川 小松 北村 安田 五十嵐 川口 平田 中田 久保田 服部 岩田 土屋 川崎 本田 福島 荒木 桑原 吉村 大久保 小池 大橋 中西
内藤 田口 川村 岡崎 熊谷 大島 永井 野田 松岡 大谷 浜田 濱田 浅野 矢野 須藤 菅野 秋山 馬場 望月 石原 大石 松下 樋口
中井 吉岡 広瀬 八木 大川 関口 岩本 田辺 小西 川上 黒田 松村 上原 山中 伊東 永田 東田 片山 小田 平井 星野 石橋 尾崎
森本 田島 中沢 荒井 早川 小澤 小沢 成田 西山 川田 大竹 吉野 堀内 横田 富田 松浦 奥村 三宅 稲垣 天野 小原 神谷 宮田
児玉 河合 川島 三好 大森 富永 沢田 澤田 西岡 鎌田 村山 植田 宮川 本間 白井 大山 津田 古賀 飯塚 田代 篠原 篠崎 青山
相馬 須田 片岡 松永 野崎 岸本 福井 小倉 栗原 奥田 小笠原 渋谷 金井 川端 中谷 北川 榎本 向井 萩原 落合 長尾 根本
平山 三上 宇野 梅田 長田 笠原 牧野 滝沢 杉浦 塚本 大木 米田 加納 村松 寺田 池上 角田 土井 島村 坂口 尾形 奥山 金沢
日高 竹田 畠山 河村 大場 戸田 堀江 鶴田 高山 稲葉 榊原 今村 小泉 手塚 川合 岡村 桑田 水谷 江口 細川 高島 荻野 本多
武藤 高松 有馬 甲斐 柳田 小谷 福本 森下 西尾 原口 梶原 松原 浅井 中原 谷川 岩瀬 柏木 長野 辻本 下田
"""
SURNAMES: Final = frozenset(_FREQUENT.split())
_LENGTHS: Final = (3, 2)
"""How long a surname of the list may be; the longest is tried first."""
_GIVEN: Final = re.compile(r"[\u3040-\u30ff\u3400-\u9fff々]{1,4}")
_NO_GIVEN: Final = re.compile(
    r"[町丁目区市県村郡字港川橋駅館園校院所署場寺社宮店局線通台組部課係室池浜海島田沢谷原地公会署倉庫堂塔門荘邸屋医科薬局歯]$|"
    r"^第|^新[町田港]|ー|児童|公園|団地|新田|商店|医院|歯科|薬局|本店|支店|工業|建設|製|公民|会館|神社|団$|体$|線$"
)
"""How names of places, offices and firms go on behind a surname, and given names hardly ever."""
_TITLE: Final = re.compile(r"(様|氏|さん|先生|殿)$")
LENGTH_MAX: Final = 10
_APART: Final = re.compile(r"[^\u3041-\u30ff\u3400-\u9fff々]+|[はがをにへとの、。]")
"""What stands between the words of a running text."""


def is_person_name(text: str) -> bool:
    """Whether a text, half width and stripped, looks like surname and given name of a person, with or without a blank and a title."""
    if not 3 <= len(text) <= LENGTH_MAX:
        return False
    bare = _TITLE.sub("", text)
    for length in _LENGTHS:
        given = bare[length:].strip(" ・")
        if bare[:length] in SURNAMES and _GIVEN.fullmatch(given):
            return _NO_GIVEN.search(given) is None
    return False


def names_person(text: str) -> bool:
    """Whether a running text has a word that looks like the name of a person (連絡先は山田太郎まで)."""
    return any(is_person_name(word) for word in _APART.split(text))
