"""First names that are frequent in Kazakhstan, for masking: those that stand at the beginning of a sentence, or without
a capital letter, where no rule sees that they are names. Pure.

Left out: names that are words too (Арман, Қанат, Вера, Роман): masking them would make quotes unreadable.
"""

from __future__ import annotations

import re

_LIST = """
Айгүл Айгерім Айгерим Айгуль Айдана Айжан Айнұр Айнур Айсұлу Айсулу Айару Аружан Аяулым Алия Әлия Асель Әсел Ақбота
Акбота Ботагөз Ботагоз Гүлнар Гульнара Гүлмира Гульмира Гүлнұр Гүлсім Динара Дильназ Еркежан Жансая Зарина Зере Камила
Қамила Ләззат Ляззат Мадина Мәдина Меруерт Назгүл Назерке Нұргүл Нургуль Нұрай Перизат Раушан Сания Самал Томирис
Шолпан Шынар Ұлжан Улжан Алихан Әлихан Амир Әмір Асхат Асқар Аскар Әсет Асет Бауыржан Бауржан Бекзат Бекжан Дамир
Данияр Дидар Диас Ерасыл Ерлан Ержан Еркебұлан Еркебулан Ерболат Ермек Жандос Жасұлан Жасулан Исатай Мадияр Марат
Мейіржан Мейржан Мұрат Мурат Нариман Нұрлан Нурлан Нұржан Нуржан Нұрсұлтан Нурсултан Нұрбол Олжас Руслан Рүстем Рустам
Санжар Саят Талғат Талгат Темірлан Темирлан Тимур Ұлан Шыңғыс Шынгыс Ярослав Александр Александра Алексей Алёна Алина
Анастасия Андрей Анна Антон Артём Артем Валентина Василий Виктор Виктория Владимир Владислав Галина Дарья Денис
Дмитрий Екатерина Елена Иван Игорь Ирина Кирилл Кристина Ксения Марина Мария Михаил Наталья Никита Николай Оксана Олег
Ольга Павел Пётр Полина Сергей Светлана София Татьяна Юлия Саша Маша Даша Миша Ваня Вова Дима Катя Лена Настя Оля Петя
Серёжа Сережа Таня Юля Тёма Паша Женя Гена
"""
_NAMES = _LIST.split()
# Letters; a shorter name without a capital letter is too likely another word.
_LONG = 6
_ENDING = "(?:[аяеёуюыіи]|о[йм]|е[йм]|ом|ем|ью|ю|(?:[нғгқкдтм][аеыі]|[дт][ае]н|ме?н|пен|бен|лар|лер)\\w{0,3})?"


def _stem(name: str) -> str:
    return name[:-1] if name[-1] in "аяйьіи" and len(name) > 3 else name


def _pattern(names: list[str]) -> str:
    return "|".join(sorted({_stem(name) for name in names}, key=len, reverse=True))


_ANY_CASE = _pattern([name.lower() for name in _NAMES if len(name) >= _LONG])
NAMES = re.compile(rf"\b(?:(?:{_pattern(_NAMES)})|(?:{_ANY_CASE})){_ENDING}\b")
