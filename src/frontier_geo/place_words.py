"""
The words around a place name, in English, Russian, Tajik and Dari.

What kind of place it is, which bank, where from it: ``district``, ``заставы``, ``ولسوالی``, ``near``.
A word of Cyrillic writing is listed once and found in all its Russian cases; with ``=`` before it,
only as it stands.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from functools import cache, lru_cache

from frontier_geo.names import ARABIC, CYRILLIC, WORDS_KEPT, russian_stem, script_of

__all__ = [
    "NUMBER_WORDS",
    "PHRASES",
    "PLACE_CLASSES",
    "STRETCH_CLASSES",
    "PlaceWord",
    "is_plain_word",
    "place_word",
]

#: Kinds of place a word can announce, by the feature classes that fit it, the best first.
PLACE_CLASSES = {
    "province": ("province",),
    "district": ("district",),
    "town": ("town", "village"),
    "village": ("village", "town"),
    "post": ("post", "crossing"),
    "detachment": ("post",),
    "jamoat": ("jamoat", "village"),
    "river": ("river",),
    "crossing": ("crossing", "post", "town"),
    "physical": ("physical",),
    "gorge": ("physical", "river", "village"),
    "mouth": ("river",),
    "island": ("physical",),
    "road": (),
    "reserve": ("physical", "jamoat"),
}
STRETCH_CLASSES = ("province", "district", "detachment")

#: Words by what they say: a role, a value, and the words in the languages that have them.
# fmt: off
_WORDS = (
    # kinds of place
    ("class", "district", """
        district districts dist nohiya nohiyai nohia nohiai nahiya raion rayon woluswali
        wuluswali wuleswali uluswali woleswali uluswoli vulusvoli wolaswali район р-н уезд
        улусволи вулусволи ноҳия ноҳияи ноҳияҳои улусволӣ улусволии ولسوالی ولسوالۍ ولسوالي
        ناحیه شهرستان فرمانداری علاقه‌داری
    """),
    ("class", "province", """
        province provinces region oblast viloyat viloyati veloyat wilayat welayat wilayat-e
        область провинция вилоят вилояти ولایت ولايت ولایات استان
    """),
    ("class", "town", """
        city town township shahri shahraki город городок городка посёлок поселок посёлка
        поселка г пгт шаҳри шаҳраки шаҳрак شهر شهرک
    """),
    ("class", "village", """
        village villages deha dehai qishloq qishloqi kishlak kishlaks qaria qarya qaryah
        qeshlaq qishlaq hamlet settlement dihot dehoti село кишлак деревня аул селение деҳа
        деҳаи қишлоқ қишлоқи деҳот деҳоти қария қарияи قریه قریۀ قریهٔ روستا روستای ده دهکده
        قشلاق کلی قريه
    """),
    ("class", "post", """
        post posts outpost outposts zastava checkpoint checkpoints commandant commandants
        komendatura commandant's base застава погранзастава погранпост пост блокпост
        комендатура погранкомендатура пограничников дидбонгоҳ дидбонгоҳи постгоҳ пости
        постгоҳи заставаи پوسته پوستهٔ پوسته‌ پاسگاه پاسگاهی زستاوه قرارگاه دیدبانگاه پسته
    """),
    ("class", "detachment", """
        detachment detachments unit units garrison brigade battalion отряд погранотряд
        погранчасть погранвойск отряди дастаи қисми کندک لوای لوا تولی غند
    """),
    ("class", "jamoat", """
        jamoat jamoati jamoats dehot dzhamoat subdistrict джамоат сельсовет ҷамоат ҷамоати
        جماعت دهستان
    """),
    ("class", "river", """
        river rivers darya daryo darya-e река дарьё дарё дарёи رود رودخانه دریای دریا رودبار
    """),
    ("class", "crossing", """
        bridge crossing crossings ferry port bcp gate market bazaar мост переправа паром
        погранпереход кпп рынок рынка =пул =пули гузаргоҳ гузаргоҳи бозор бозори پل پُل گذرگاه
        گمرک بازار
    """),
    ("class", "physical", """
        lake pass mountain mountains range ridge plain glacier peak
        forest озеро перевал гора хребет хребта массив урочище равнина ледник пик
        кӯл кӯли ағба ағбаи қаторкӯҳи қаторкӯҳ جهیل دریاچه کوه کوتل
        перевалу перевалом перевале перевала
    """),
    ("class", "gorge", """
        gorge valley canyon ravine ущелье долина дара дараи водии водӣ دره درهٔ وادی
    """),
    ("class", "reserve", """
        reserve sanctuary заповедник мамнуъгоҳ мамнуъгоҳи
    """),
    ("class", "island", """
        island islands islet остров ҷазираи ҷазира جزیره
        острова острову островом островов островам островах острове
    """),
    ("class", "road", """
        highway road motorway street avenue prospekt mosque museum hotel university newspaper
        airlines mausoleum улица проспект мечеть музей гостиница университет газета биржа
        мавзолей кӯчаи хиёбони масҷиди меҳмонхонаи донишгоҳи шоссе трасса
        автодорога роҳи шоҳроҳи جاده شاهراه سرک
    """),
    ("class", "mouth", """
        mouth confluence estuary устье слияние резишгоҳ резишгоҳи مصب
    """),
    # words that stand between a name and its kind
    ("modifier", "", """
        bordering border frontier customs international the of old former formerly new local
        trading joint seasonal military mountain mountainous cross-border пограничный погран
        приграничный таможенный бывший международный имени им горный марзӣ марзии сарҳадӣ
        сарҳадии собиқ ба номи مرزی سرحدی بندر سابق محلی ساحوی
    """),
    # which bank
    ("title", "", """
        colonel general major captain lieutenant sergeant commander mr mrs ms dr president
        minister governor mayor полковник генерал майор капитан лейтенант сержант командир
        президент министр губернатор сардор раис جنرال دگروال قوماندان مولوی ملا قاری رئیس
        وزیر آقای داکتر
    """),
    ("month", "", """
        january february march april may june july august september october november december
        январь февраль март апрель май июнь июль август сентябрь октябрь ноябрь декабрь января
        феврал апрел июн июл сентябр октябр ноябр декабр حمل ثور جوزا سرطان اسد سنبله میزان
        عقرب قوس جدی دلو حوت
    """),
    ("country", "TJ", """
        tajik tajikistan tajikistani tajiks tadzhik tadzhikistan tadjik tadjikistan
        tojikiston tojik таджикистан таджикский таджик тоҷикистон тоҷик тоҷикӣ рт تاجیکستان
        تاجکستان تاجیکستانی تاجیک
        tj
    """),
    ("country", "AF", """
        afghan afghanistan afghans afghani afgan afganistan taliban taleban talibs
        афганистан афганский афганец афган афғонистон афғон афғонӣ талиб талибан толибон
        талибский ира افغانستان افغان افغانی افغانستانی طالبان طالب
        af
    """),
    # words in use on one bank only
    ("lean", "TJ", """
        gorno gornyi gorny gorniy gornyy gornyj gorski berg mountainous autonomous kuhistoni
        kuhiston nohiya nohiyai nohia nahiya raion rayon jamoat jamoati dzhamoat zastava
        oblast viloyat viloyati горно горный автономный кӯҳистони мухтори мухтор کوهستانی
        کوهی مختار خودمختار район область джамоат застава погранзастава погранотряд
        погранпост отряд участок участка направление ноҳия ноҳияи самти қитъаи ҷамоат
        ҷамоати ناحیه شهرستان جماعت
    """),
    ("lean", "AF", """
        woluswali wuluswali wuleswali uluswali woleswali wolaswali wilayat welayat улусволи
        вулусволи улусволӣ улусволии ولسوالی ولسوالۍ ولسوالي علاقه‌داری ولایت ولسوال
    """),
    # where from the place
    ("near", "", """
        near nearby around outside outskirts vicinity close area areas zone vicinities
        proximity adjacent close-by около близ вблизи рядом недалеко неподалеку окрестность
        зона территория у под местность возле наздики наздик назди гирду атрофи атроф
        минтақаи минтақа ҳудуди ҳудуд мавзеи мавзеъ نزدیک نزدیکی نزدیکی‌های حوالی اطراف
        منطقه ساحه محدوده مربوطات جوار
    """),
    ("opposite", "", """
        opposite across facing напротив муқобили муқобил рӯбарӯи рӯбарӯ
        рӯ-ба-рӯи рӯбарӯйи مقابل روبروی روبه‌روی روبرو ҳаммарзи ҳаммарз هم‌مرز هممرز برابر
    """),
    ("stretch", "", """
        sector sectors section sections stretch direction directions frontage line lines
        участок участка направление сектор отрезок отрезка самт самти қитъаи қитъа хатти
        مسیر بخش خط جهت سکتور
    """),
    ("over", "", """
        over along through crossed cross через вдоль сквозь переправиться болои лаби
        رودخانهٔ روی کنار
    """),
    ("up", "", """
        upstream upriver выше вверх болообтар болооб болотар بالادست بالاتر
    """),
    ("down", "", """
        downstream downriver ниже вниз поёноб поёнобтар поёнтар поинтар پایین‌دست پایین‌تر
        پائین‌تر پایینتر
    """),
    ("flow", "", """
        flow current stream течение ҷараён ҷараёни
    """),
    ("between", "", """
        between между байни миёни بین میان مابین
    """),
    ("border_of", "", """
        border borders boundary boundaries граница стык рубеж сарҳад сарҳади марз марзи
        ҳудуди مرز سرحد مرزی‌ junction limit
    """),
    ("and", "", """
        and & и ва و
    """),
    ("from", "", """
        from от из аз از since
    """),
    ("to", "", """
        to до то تا till
    """),
    ("toward", "", """
        towards toward heading bound route =сторону бароҳи ба‌сӯи сӯи ба‌самти به‌سوی سوی
        بسوی طرف سمت
    """),
    ("origin", "", """
        native natives resident residents citizen citizens inhabitant inhabitants born held
        bought victims purchased житель уроженец гражданин граждане =граждан гражданка уроженка
        сокини сокинони
        шаҳрванди зодаи باشنده باشندگان مسکونه ساکن شهروند شهروندان متولد
        уроженца уроженцы уроженцев уроженцу
    """),
    ("km", "1", """
        km kms kilometer kilometers kilometre kilometres км километр километри کیلومتر کیلومتری
    """),
    ("km", "0.001", """
        metre metres meter meters метр метров =м متر متری
    """),
    ("km", "1.609", """
        mile miles миля миль میل
    """),    ("north", "", """
        north northern northward север северный шимол شمال
        северо севернее шимоли шимолу شمالی
    """),
    ("south", "", """
        south southern южный юг ҷануб جنوب
        юго южнее ҷануби ҷанубу جنوبی
    """),
    ("east", "", """
        east eastern восток восточный шарқ شرق
        восточнее шарқи شرقی
    """),
    ("west", "", """
        west western запад западный ғарб غرب
        западнее ғарби غربی
    """),
    ("northeast", "", """
        northeast north-east northeastern ne северо-восток северо-восточный
    """),
    ("northwest", "", """
        northwest north-west northwestern nw северо-запад северо-западный
    """),
    ("southeast", "", """
        southeast south-east southeastern se юго-восток юго-восточный
    """),
    ("southwest", "", """
        southwest south-west southwestern sw юго-запад юго-западный
    """),
    # the border itself, and what is no place
    ("frontier", "", """
        border borders frontier borderline граница рубеж сарҳад марз مرز سرحد
    """),
    ("soil", "", """
        territory soil land территория земля хоки хок қаламрави خاک قلمرو
    """),
    ("bank", "", """
        bank banks side sides shore берег сторона соҳил соҳили тараф тарафи ҷониб канор ساحل
        کناره طرف آن‌سوی
    """),
    ("number", "", """
        no number nr номер рақами شماره нумраи n
    """),
    # capitals and foreign countries: where news is made, not where it happens
    ("capital", "TJ", """
        dushanbe душанбе دوشنبه
    """),
    ("capital", "AF", """
        kabul кабул кобул کابل
    """),
    ("capital", "", """
        moscow moskva москва маскав مسکو tashkent ташкент тошканд تاشکند beijing пекин pekin
        پکن tehran тегеран теҳрон تهران islamabad исламабад washington вашингтон واشنگتن
        london лондон geneva женева ankara анкара new-york brussels брюссель delhi дели
        almaty алматы алма-ата astana астана bishkek бишкек bishkent ashgabat ашхабад doha
        доха prague прага вена vienna warsaw strasbourg روسیه чин china китай russia россия
        россияи русия iran иран эрон ایران pakistan пакистан покистон پاکستان uzbekistan
        узбекистан ӯзбекистон ازبکستان kyrgyzstan кыргызстан киргизия қирғизистон
        turkmenistan туркменистан туркмения turkmen dagestan дагестан kazakhstan казахстан
        turkey турция india индия
        ҳиндустон europe европа аврупо
    """),
)
# fmt: on


@dataclass(frozen=True, slots=True)
class PlaceWord:
    """
    What a word says of the place beside it.

    Attributes
    ----------
    role : str
        ``class``, ``country``, ``near``, ``opposite`` … as listed in this module.
    value : str
        The kind of place or the country, or empty.
    """

    role: str
    value: str


#: Several words that together play one role; it goes to the last of them.
PHRASES = {
    ("рӯ", "ба", "рӯи"): PlaceWord("opposite", ""),
    ("рӯ", "ба", "рӯйи"): PlaceWord("opposite", ""),
    ("رو", "به", "روی"): PlaceWord("opposite", ""),
    ("رو", "به", "رو"): PlaceWord("opposite", ""),
    ("آن", "سوی", "رود"): PlaceWord("opposite", ""),
    ("بالا", "تر"): PlaceWord("up", ""),
    ("بالا", "دست"): PlaceWord("up", ""),
    ("پایین", "تر"): PlaceWord("down", ""),
    ("پائین", "تر"): PlaceWord("down", ""),
    ("پایین", "دست"): PlaceWord("down", ""),
}

#: Numbers that are spelt out.
NUMBER_WORDS = {
    word: float(number)
    for number, words in enumerate(
        (
            "one один одном одного як یک", "two два двух ду دو", "three три трёх трех се سه",
            "four четыре четырёх четырех чор чаҳор چهار", "five пять пяти панҷ پنج",
            "six шесть шести шаш شش", "seven семь семи ҳафт هفت", "eight восемь восьми ҳашт هشت",
            "nine девять девяти нуҳ نه", "ten десять десяти даҳ ده",
        ),
        start=1,
    )
    for word in words.split()
}  # fmt: skip

#: Words that are also names of places here. Without a word such as "district" beside them they are not
#: taken for one: "پنج" is five, "Bog" a bog, "دوستی" friendship.
_PLAIN_WORDS = """
    bog tem ver dusti rumi zafar vatan navruz namuna yol sard nud kof firuza panj_ vose mehnat khwaja
    hazrat mazar istiqlol panjob balkhi char kala qala darya shod darband sari langar_ ali mir said
    gund amu port sher said sayod zong bandar ishmurod niyoz jovid pakhta galaba ghayrat mehvar
    бог тем дусти зафар ватан навруз намуна панҷ дӯстӣ истиқлол истиклол меҳнат мехнат вер ғайрат
    галаба ғалаба меҳвар сард шод панж бог
    پنج دوستی وطن ظفر نوروز شهدا استقلال محنت خواجه حضرت کلان پامیر_ سرحد سرد قلعه دشت امام بزرگ
    زال کوف شهر نسی_ شکی یول بهارک_ خواهان غیرت نمونه مزار بازار چاه آب
"""


_ARABIC_PLURAL = re.compile(r"(?:های|ها|یی|ی)$")
#: How the words for a country and its people begin, in any language.
_COUNTRIES = {
    "afghan": "AF", "afgan": "AF", "афган": "AF", "афғон": "AF", "افغان": "AF", "tajik": "TJ",
    "tadj": "TJ", "tadzh": "TJ", "tadschik": "TJ", "tadżyk": "TJ", "tojik": "TJ", "таджик": "TJ",
    "тоҷик": "TJ", "тожик": "TJ", "тәжік": "TJ", "تاجیک": "TJ",
}  # fmt: skip
#: A few words say two things: "район" an area or a district, "стык" a limit.
_Lexicon = dict[str, tuple[PlaceWord, ...]]


@cache
def _lexicon() -> tuple[_Lexicon, _Lexicon]:
    """Return the words as they stand, and the Cyrillic ones by their Russian stem."""
    whole: dict[str, list[PlaceWord]] = {}
    stemmed: dict[str, list[PlaceWord]] = {}
    for role, value, words in _WORDS:
        meaning = PlaceWord(role, value)
        for word in words.split():
            as_it_stands = word.startswith("=")
            key = _plain(word.lstrip("="))
            whole.setdefault(key, []).append(meaning)
            if not as_it_stands and script_of(word) == CYRILLIC and len(key) > 3:
                stemmed.setdefault(russian_stem(key), []).append(meaning)
    return (
        {word: tuple(dict.fromkeys(found)) for word, found in whole.items()},
        {word: tuple(dict.fromkeys(found)) for word, found in stemmed.items()},
    )


@cache
def _plain_words() -> frozenset[str]:
    return frozenset(_plain(word) for word in _PLAIN_WORDS.split() if not word.endswith("_"))


_TAJIK_ENDINGS = re.compile(r"(?:ҳои|ҳо|ро|ии|и|ӣ)$")


def _bare(word: str) -> str:
    return _TAJIK_ENDINGS.sub("", word) if len(word) > 4 else word


@cache
def _plain_stems() -> frozenset[str]:
    words = [word for word in _plain_words() if script_of(word) == CYRILLIC]
    return frozenset(_bare(word) for word in words) | frozenset(russian_stem(w) for w in words)


_SAME_LETTERS = str.maketrans("يىكةأإآهۀۍ", "ییکهاااههی", "‌-")


def _plain(word: str) -> str:
    return word.lower().translate(_SAME_LETTERS).replace("ё", "е")


@lru_cache(maxsize=WORDS_KEPT)
def place_word(word: str) -> tuple[PlaceWord, ...]:
    """
    Return what a word says of the place beside it; nothing for most words.

    Examples
    --------
    >>> [(meaning.role, meaning.value) for meaning in place_word("ولسوالی")]
    [('class', 'district'), ('lean', 'AF')]
    """
    whole, stemmed = _lexicon()
    key = _plain(word)
    found = whole.get(key)
    if found is None and script_of(word) == ARABIC:
        shorter = _ARABIC_PLURAL.sub("", key)
        found = whole.get(shorter) if len(shorter) > 3 else None
        if found is None and key.startswith("در") and len(key) > 5:
            found = whole.get(key[2:])  # "درولسوالی", written together
    if found is None:
        country = next((c for begin, c in _COUNTRIES.items() if key.startswith(begin)), None)
        if country and len(key) > 5:
            return (PlaceWord("country", country),)
    if found is None and script_of(word) == CYRILLIC and len(key) > 3:
        found = stemmed.get(russian_stem(key))
    return found or ()


@lru_cache(maxsize=WORDS_KEPT)
def is_plain_word(word: str) -> bool:
    """Whether a word, though a name of a place too, is an ordinary word or a part of many names."""
    key = _plain(word)
    speaks = any(meaning.role != "lean" for meaning in place_word(word))
    if key in _plain_words() or len(key) <= 2 or speaks:
        return True
    return script_of(word) == CYRILLIC and bool({_bare(key), russian_stem(key)} & _plain_stems())


def class_of_name(word: str) -> str | None:
    """Return the kind of place a word announces, if it does."""
    return next((found.value for found in place_word(word) if found.role == "class"), None)
