"""The inbox: tasks and what their lists are told."""

from django.urls import URLPattern, URLResolver, path

from inbox.views import installed, notifications, tour
from inbox.views.account import session
from inbox.views.tasks import actions, decide, detail, people, search
from inbox.views.tasks import bulk as bulk_tasks
from inbox.views.tasks import list as task_list
from inbox.views.tasks import saved as saved_views

patterns: list[URLPattern | URLResolver] = [
    path("inbox", task_list.inbox, name="inbox"),
    path("inbox/stuck", task_list.unroutable, name="inbox-stuck"),
    path("inbox/rows", task_list.some_rows, name="inbox-rows"),
    path("inbox/suggest", search.suggest, name="inbox-suggest"),
    path("inbox/views", saved_views.counted_views, name="task-views"),
    path("inbox/views/new", saved_views.save_view, name="task-save-view"),
    path("inbox/views/<uuid:view_id>", saved_views.change_view, name="task-change-view"),
    path("inbox/views/<uuid:view_id>/delete", saved_views.delete_view, name="task-delete-view"),
    path("inbox/bulk", bulk_tasks.choose, name="bulk-choose"),
    path("inbox/bulk/decide", bulk_tasks.decide, name="bulk-decide"),
    path("inbox/bulk/undo", bulk_tasks.undo, name="bulk-undo"),
    path("inbox/<uuid:task_id>", detail.page, name="task"),
    path("inbox/<uuid:task_id>/data", detail.data, name="task-data"),
    path("inbox/<uuid:task_id>/table", detail.table, name="task-table"),
    path("inbox/<uuid:task_id>/table.csv", detail.table_file, name="task-table-file"),
    path("inbox/<uuid:task_id>/decide", decide.answer, name="task-decide"),
    path("inbox/<uuid:task_id>/undo", actions.undo, name="task-undo"),
    path("inbox/<uuid:task_id>/claim", actions.claim_task, name="task-claim"),
    path("inbox/<uuid:task_id>/release", actions.release, name="task-release"),
    path("inbox/<uuid:task_id>/comment", actions.comment, name="task-comment"),
    path("inbox/<uuid:task_id>/ask", actions.ask, name="task-ask"),
    path("inbox/<uuid:task_id>/watch", actions.watch, name="task-watch"),
    path("inbox/<uuid:task_id>/unwatch", actions.unwatch, name="task-unwatch"),
    path("inbox/<uuid:task_id>/people", people.mentionable, name="task-people"),
    path("inbox/<uuid:task_id>/delegate", actions.delegate_task, name="task-delegate"),
    path("inbox/<uuid:task_id>/approvers", actions.add_approver, name="task-approvers"),
    path("inbox/<uuid:task_id>/undelegate", actions.undelegate, name="task-undelegate"),
    path("inbox/<uuid:task_id>/assign", actions.assign, name="task-assign"),
    path("inbox/<uuid:task_id>/snooze", actions.snooze_task, name="task-snooze"),
    path("inbox/<uuid:task_id>/unsnooze", actions.unsnooze, name="task-unsnooze"),
    path("session", session.session, name="session"),
    path("notifications", notifications.notification_list, name="notifications"),
    path("notifications/read", notifications.read_all, name="notifications-read"),
    path("notifications/news", notifications.news, name="notifications-news"),
    path("manifest.webmanifest", installed.manifest, name="manifest"),
    path("worker.js", installed.worker, name="worker"),
    path("offline", installed.offline, name="offline"),
    path("checklist/dismiss", tour.dismiss, name="dismiss-checklist"),
]
