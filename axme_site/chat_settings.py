"""The settings of chats where people who linked themselves are told and decide."""

from axme_site import env

SLACK_SIGNING_SECRET = env.text("SLACK_SIGNING_SECRET", "")
SLACK_BOT_TOKEN = env.text("SLACK_BOT_TOKEN", "")
SLACK_API_URL = env.url("SLACK_API_URL", "https://slack.com/api", schemes=("https", "http"))
# A bot that is registered with Microsoft; the addresses are other ones in its national clouds
TEAMS_APP_ID = env.text("TEAMS_APP_ID", "")
TEAMS_APP_PASSWORD = env.text("TEAMS_APP_PASSWORD", "")
TEAMS_TENANT_ID = env.text("TEAMS_TENANT_ID", "")
TEAMS_LOGIN_URL = env.url("TEAMS_LOGIN_URL", "https://login.microsoftonline.com", schemes=("https", "http"))
TEAMS_ISSUER = env.url("TEAMS_ISSUER", "https://api.botframework.com", schemes=("https", "http"))
TEAMS_OPENID_URL = env.url("TEAMS_OPENID_URL", "", schemes=("https", "http"))
