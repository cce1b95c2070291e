"""Regions as the reader of English knows them: the provinces of China by their English names.

The books spell regions in Chinese; a page in English beside them would be half in each. What is no
province stays as the books have it, and so does every file and everything that is sent back.
"""

from __future__ import annotations

from functools import lru_cache

from mainstay.web.formatting import language

PROVINCES = {
    "北京": "Beijing", "天津": "Tianjin", "河北": "Hebei", "山西": "Shanxi",
    "内蒙古": "Inner Mongolia", "辽宁": "Liaoning", "吉林": "Jilin", "黑龙江": "Heilongjiang",
    "上海": "Shanghai", "江苏": "Jiangsu", "浙江": "Zhejiang", "安徽": "Anhui", "福建": "Fujian",
    "江西": "Jiangxi", "山东": "Shandong", "河南": "Henan", "湖北": "Hubei", "湖南": "Hunan",
    "广东": "Guangdong", "广西": "Guangxi", "海南": "Hainan", "重庆": "Chongqing",
    "四川": "Sichuan", "贵州": "Guizhou", "云南": "Yunnan", "西藏": "Tibet", "陕西": "Shaanxi",
    "甘肃": "Gansu", "青海": "Qinghai", "宁夏": "Ningxia", "新疆": "Xinjiang", "香港": "Hong Kong",
    "澳门": "Macao", "台湾": "Taiwan",
}  # fmt: skip
"""By the short name; the long one has an ending more."""
ENDINGS = ("维吾尔自治区", "壮族自治区", "回族自治区", "特别行政区", "自治区", "省", "市")


def region_words(region: str) -> str:
    """A region in the reader's language."""
    return region if language() == "zh" else region_in_english(region)


@lru_cache(maxsize=1000)
def region_in_english(region: str) -> str:
    """A province by its English name; anything else as it is."""
    for ending in ("", *ENDINGS):
        if region.endswith(ending) and (found := PROVINCES.get(region.removesuffix(ending))):
            return found
    return region
