"""ちばレポ, told as data: types, commands, roles, purposes, pages."""

from __future__ import annotations

from typing import Final

from kaiteki.kit.manifest import Command, Figure, Job, Queues, Service, Survey
from kaiteki.model.access import ADMIN, ANYONE, RESIDENT, STAFF
from kaiteki.model.words import Words
from kaiteki.services.reports import (
    book_rules,
    bulk_rules,
    damage,
    desk,
    desk_rules,
    figures,
    figures_rules,
    follow_rules,
    forms,
    moderation_rules,
    reopen_rules,
    rules,
    task_rules,
    theme_rules,
)
from kaiteki.services.reports.assets import ASSET, DEVICE, WORK, Asset, Device, Work
from kaiteki.services.reports.erasing import ERASE
from kaiteki.services.reports.keeping import keeping
from kaiteki.services.reports.kinds import TYPES
from kaiteki.services.reports.mode_manifest import SWITCH
from kaiteki.services.reports.model import Report
from kaiteki.services.reports.purposes import PURPOSES
from kaiteki.services.reports.settings import Settings
from kaiteki.services.reports.sitemap import PAGES
from kaiteki.services.reports.topics import topics_of

DUE_EVERY_S: Final = 3600

RESIDENTS: Final = (
    Command(
        "submit",
        Words("知らせる", "Report", "知（し）らせる"),
        forms.Submit,
        rules.submit,
        rules.submit_needs,
        (ANYONE,),
    ),
    Command(
        "save_draft",
        Words("書きかけを残す", "Keep the draft", "とちゅうで のこす"),
        forms.SaveDraft,
        book_rules.save_draft,
        book_rules.book_needs,
        (ANYONE,),
        counted=False,
    ),
    Command(
        "follow",
        Words("続報を受け取る", "Follow", "つづきを 知（し）る"),
        forms.Follow,
        follow_rules.follow,
        follow_rules.follow_needs,
        (ANYONE,),
    ),
    Command(
        "unfollow",
        Words("続報をやめる", "Unfollow", "つづきを やめる"),
        forms.Follow,
        follow_rules.unfollow,
        follow_rules.follow_needs,
        (ANYONE,),
    ),
    Command(
        "update",
        Words("続報を書く", "Add news", "つづきを 書（か）く"),
        forms.Update,
        follow_rules.update,
        follow_rules.follow_needs,
        (ANYONE,),
    ),
    Command(
        "withdraw",
        Words("取り下げる", "Withdraw", "とりけす"),
        forms.Say,
        follow_rules.withdraw,
        follow_rules.follow_needs,
        (ANYONE,),
    ),
    Command(
        "witness",
        Words("直ったか確かめる", "Confirm", "たしかめる"),
        forms.Witness,
        follow_rules.witness,
        follow_rules.follow_needs,
        (RESIDENT, STAFF),
    ),
    Command(
        "reopen",
        Words("まだ直っていない", "Not mended", "まだ なおって いない"),
        forms.Say,
        reopen_rules.reopen,
        follow_rules.follow_needs,
        (ANYONE,),
    ),
    Command(
        "join_task",
        Words("参加する", "Take part", "さんかする"),
        forms.Follow,
        task_rules.join_task,
        task_rules.task_needs,
        (RESIDENT,),
    ),
    Command(
        "leave_task",
        Words("参加をやめる", "Leave", "やめる"),
        forms.Follow,
        task_rules.leave_task,
        task_rules.task_needs,
        (RESIDENT,),
    ),
    Command(
        "complete",
        Words("写真で完了を報告", "Report as done", "おわったと 知（し）らせる"),
        forms.Complete,
        desk_rules.complete,
        desk_rules.needs_report,
        (RESIDENT, STAFF),
        on="Report",
    ),
)

DESK: Final = (
    Command(
        "check",
        Words("要確認にする", "Check first", "しらべる"),
        forms.Say,
        desk_rules.check,
        desk_rules.needs_report,
        on="Report",
    ),
    Command(
        "assign",
        Words("担当を決める", "Assign", "たんとうを きめる"),
        forms.Assign,
        desk_rules.assign,
        desk_rules.needs_report,
        on="Report",
    ),
    Command(
        "assign_many",
        Words("まとめて担当を決める", "Assign several", "まとめて たんとうを きめる"),
        forms.AssignMany,
        bulk_rules.assign_many,
        bulk_rules.many_needs,
    ),
    Command(
        "take_back_many",
        Words("まとめて元に戻す", "Undo several", "まとめて もどす"),
        forms.TakeBackMany,
        bulk_rules.take_back_many,
        bulk_rules.many_needs,
    ),
    Command(
        "write_note",
        Words("メモ・お知らせを書く", "Write a note", "メモ"),
        forms.WriteNote,
        desk_rules.write_note,
        desk_rules.needs_report,
        on="Report",
    ),
    Command(
        "plan",
        Words("予定日を決める", "Plan", "よていを きめる"),
        forms.Plan,
        desk_rules.plan,
        desk_rules.needs_report,
        on="Report",
    ),
    Command(
        "start",
        Words("作業を始める", "Start work", "はじめる"),
        forms.Say,
        desk_rules.start,
        desk_rules.needs_report,
        on="Report",
    ),
    Command(
        "fix_temporarily",
        Words("仮復旧を記録", "Temporary fix", "とりあえず なおした"),
        forms.Complete,
        desk_rules.fix_temporarily,
        desk_rules.needs_report,
        on="Report",
    ),
    Command(
        "make_task",
        Words("市民協働タスクにする", "Make a citizens' task", "みんなに たのむ"),
        forms.MakeTask,
        task_rules.make_task,
        desk_rules.needs_report,
        on="Report",
    ),
    Command(
        "merge",
        Words("同じレポートにまとめる", "Merge", "まとめる"),
        forms.Merge,
        desk_rules.merge,
        desk_rules.merge_needs,
        on="Report",
    ),
    Command(
        "pass_on",
        Words("他機関へ", "Pass on", "ほかの ところへ"),
        forms.PassOn,
        desk_rules.pass_on,
        desk_rules.needs_report,
        on="Report",
    ),
    Command(
        "hide",
        Words("公開を止める", "Hide", "かくす"),
        forms.Moderate,
        moderation_rules.hide,
        desk_rules.needs_report,
        on="Report",
    ),
    Command(
        "publish",
        Words("公開する", "Publish", "見せる"),
        forms.Moderate,
        moderation_rules.publish,
        desk_rules.needs_report,
        on="Report",
    ),
    Command(
        "correct",
        Words("種類・場所を直す", "Correct", "なおす"),
        forms.Correct,
        moderation_rules.correct,
        desk_rules.needs_report,
        on="Report",
        edits=moderation_rules.CORRECT_EDITS,
    ),
    Command(
        "take_back",
        Words("元に戻す", "Undo", "もどす"),
        forms.TakeBack,
        desk_rules.take_back,
        desk_rules.needs_report,
        on="Report",
    ),
    Command(
        "put_back",
        Words("終わった状態に戻す", "Back to ended", "おわりに もどす"),
        forms.TakeBack,
        reopen_rules.put_back,
        desk_rules.needs_report,
        on="Report",
    ),
    Command(
        "open_theme",
        Words("テーマを始める", "Open a theme", "テーマを はじめる"),
        forms.OpenTheme,
        theme_rules.open_theme,
        theme_rules.open_theme_needs,
        edits=theme_rules.THEME_EDITS,
    ),
    Command(
        "close_theme",
        Words("テーマを終える", "Close the theme", "テーマを おわる"),
        forms.CloseTheme,
        theme_rules.close_theme,
        theme_rules.close_theme_needs,
        on="ReportTheme",
    ),
    *SWITCH,
)

SYSTEM: Final = (
    Command(
        "keep_figures",
        Words("統計を残す", "Keep figures", "かずを のこす"),
        figures_rules.KeepFigures,
        figures_rules.keep_figures,
        figures_rules.keep_figures_needs,
        (ADMIN,),
    ),
)

service = Service(
    name="reports",
    words=Words("まちレポ", "Town reports", "まちの 知（し）らせ"),
    summary=Words(
        "こわれたところ、気になるところを写真で知らせると、担当の課に届き、どうなったかが見えます。",
        "Tell what is broken with a photo; the right office gets it and everybody sees what becomes of it.",
        "こわれた ところを しゃしんで 知（し）らせて ください。市役所（しやくしょ）が なおします。",
    ),
    field="town",
    stage="pilot",
    package="kaiteki.services.reports",
    types=TYPES,
    commands=tuple(keeping(command) for command in (*RESIDENTS, *DESK, *SYSTEM)),
    roles={STAFF: Words("担当課の職員", "Staff of the offices", "市役所（しやくしょ）の人")},
    pages=PAGES,
    queues=Queues("reports/desk", desk.show_waiting),
    figures=(
        Figure(Words("直るまで（半分）", "Mended within (half)", "なおるまで"), figures.read_fixed, "check"),
    ),
    purposes=PURPOSES,
    erase=ERASE,
    surveys=(Survey("figures", figures.SURVEY_EVERY_S, figures.survey, "keep_figures"),),
    jobs=(
        Job(
            "due_soon",
            DUE_EVERY_S,
            "Report",
            "warnAt<={now}",
            Report,
            theme_rules.warn_before_due,
        ),
    ),
    settings=Settings,
    offices=lambda settings: tuple(office.code for office in settings.offices),
    topics=topics_of,
    notice=damage.tell_everybody,
    meets={ASSET: Asset, WORK: Work, DEVICE: Device},
)
