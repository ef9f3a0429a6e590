"""One person, one account: the unionid, which is the same on a desk and inside WeChat's own browser."""

from allauth.socialaccount.models import SocialAccount
from allauth.socialaccount.providers.weixin.provider import WeixinProvider as Theirs

from config.weixin.views import WeixinAdapter


class WeixinProvider(Theirs):
    """Knows people by the unionid where there is one; an openid means another person in each of WeChat's applications."""

    name = "WeChat"
    oauth2_adapter_class = WeixinAdapter

    def extract_uid(self, data):
        return data.get("unionid") or data["openid"]

    def sociallogin_from_response(self, request, response):
        """An account from before the applications were bound to one platform gets its unionid when it comes again."""
        union, openid = response.get("unionid"), response["openid"]
        known = SocialAccount.objects.filter(provider=self.id)
        if union and not known.filter(uid=union).exists():
            known.filter(uid=openid).update(uid=union)
        return super().sociallogin_from_response(request, response)


provider_classes = [WeixinProvider]
