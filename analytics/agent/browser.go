package agent

import (
	"strings"

	"github.com/mileusna/useragent"
)

// browsers names those that [useragent.Parse] takes for the browser they are built
// on. The first that is found counts.
var browsers = []struct{ text, name string }{
	{"Trident/7.", useragent.InternetExplorer},
	{"MetaIAB Facebook", useragent.FacebookApp},
	{"LinkedInApp", "LinkedIn App"},
	{"[Pinterest/", "Pinterest App"},
	{"MicroMessenger/", "WeChat App"},
	{"Safari Line/", "Line App"},
	{" Line/", "Line App"},
	{"KAKAOTALK", "KakaoTalk App"},
	{"NAVER(inapp", "Naver App"},
	{"baiduboxapp/", "Baidu App"},
	{"Snapchat/", "Snapchat App"},
	{"GSA/", "Google App"},
	{"YaBrowser/", "Yandex Browser"},
	{"DuckDuckGo/", "DuckDuckGo"},
	{"Ddg/", "DuckDuckGo"},
	{"Silk/", "Amazon Silk"},
	{"UCBrowser/", "UC Browser"},
	{"MQQBrowser/", "QQ Browser"},
	{"QQBrowser/", "QQ Browser"},
	{"OculusBrowser/", "Meta Quest Browser"},
	{"Whale/", "Whale"},
	{"Epiphany/", "Epiphany"},
	{"HuaweiBrowser/", "Huawei Browser"},
	{"Chromium/", "Chromium"},
	{"CrKey/", useragent.Chrome},
	{"TV Safari/", useragent.SamsungBrowser},
}

// systems names those that [useragent.Parse] does not know, or takes for the one
// they are built on.
var systems = []struct{ text, name string }{
	{"Tizen", "Tizen"},
	{"Web0S", "webOS"},
	{"KAIOS", "KaiOS"},
	{"PlayStation", "PlayStation"},
	{"Xbox", "Xbox"},
	{"FreeBSD", useragent.FreeBSD},
	{"OpenBSD", "OpenBSD"},
}

func browser(text string, ua *useragent.UserAgent) string {
	for _, b := range browsers {
		if strings.Contains(text, b.text) {
			return b.name
		}
	}
	if ua.Name == text { // nothing recognised
		return ""
	}
	return ua.Name[:min(len(ua.Name), maxLabel)]
}

func system(text string, ua *useragent.UserAgent) string {
	for _, s := range systems {
		if strings.Contains(text, s.text) {
			return s.name
		}
	}
	return ua.OS
}
