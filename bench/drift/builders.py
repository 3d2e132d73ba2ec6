"""Markup in the habits of five site builders. They know nothing of labels: words in, HTML out."""

from html import escape
from random import Random

Line = tuple[str, str]


class Builder:
    """Plain boxes; each builder below has its own way with what matters to a reader of the page."""

    name = "plain"
    head = ""

    def __init__(self, random: Random) -> None:
        self.random = random
        self.count = 0

    def token(self) -> str:
        self.count += 1
        return f"{self.random.randrange(16**7):07x}"

    def box(self, inner: str, name: str = "") -> str:
        return f'<div class="{name}">{inner}</div>'

    def heading(self, text: str, level: int = 2) -> str:
        return f"<h{level}>{escape(text)}</h{level}>"

    def para(self, text: str) -> str:
        return f"<p>{escape(text)}</p>"

    def phone(self, label: str, number: str, shown: str) -> str:
        text = escape(label).replace(escape(shown), f'<a href="tel:+1{number}">{shown}</a>')
        return self.box(text, "phone")

    def nav(self, links: list[Line]) -> str:
        return (
            "<nav><ul>"
            + "".join(f'<li><a href="{href}">{escape(text)}</a></li>' for text, href in links)
            + "</ul></nav>"
        )

    def section(self, *parts: str, name: str = "") -> str:
        return f'<section class="{name}">{"".join(parts)}</section>'

    def cards(self, items: list[str]) -> str:
        return self.box(
            "".join(self.box(self.heading(item, 3) + '<a href="#">Learn more</a>', "card") for item in items), "grid"
        )

    def bullets(self, items: list[str]) -> str:
        return "<ul>" + "".join(f"<li>{escape(item)}</li>" for item in items) + "</ul>"

    def coupon(self, headline: str, what: str, fine: str) -> str:
        return self.box(
            self.heading(headline, 3) + (self.para(what) if what else "") + f"<small>{escape(fine)}</small>", "coupon"
        )

    def plan(self, name: str, price: str, benefits: list[str]) -> str:
        return self.box(self.heading(name, 3) + self.box(escape(price), "price") + self.bullets(benefits), "plan")

    def hours(self, lines: list[Line]) -> str:
        return "<p>" + "<br>".join(f"{days}: {told}" for days, told in lines) + "</p>"

    def quote(self, text: str, who: str) -> str:
        return f'<div class="testimonial"><p>“{escape(text)}”</p><span>{escape(who)}</span></div>'

    def header(self, *parts: str) -> str:
        return "<header>" + "".join(parts) + "</header>"

    def footer(self, *parts: str) -> str:
        return "<footer>" + "".join(parts) + "</footer>"

    def main(self, *parts: str) -> str:
        return "<main>" + "".join(parts) + "</main>"

    def document(self, title: str, description: str, body: str, data: str) -> str:
        return (
            f'<!DOCTYPE html><html lang="en-US"><head><meta charset="UTF-8"><title>{escape(title)}</title>'
            f'<meta name="description" content="{escape(description)}">{data}{self.head}</head><body>{body}</body></html>'
        )


class Elementor(Builder):
    """WordPress with Elementor: a widget in a container in a column, headings of any tag, icon lists, tabs."""

    name = "elementor"
    head = '<style>.elementor-widget{margin:0}</style><script>var elementorFrontendConfig={"phone":"(999) 555-0000","kit":{"x":"<p>$10 OFF</p>"}};</script>'

    def widget(self, kind: str, inner: str) -> str:
        token = self.token()
        return (
            f'<div class="elementor-element elementor-element-{token} elementor-widget elementor-widget-{kind}" data-id="{token}"'
            f' data-element_type="widget"><div class="elementor-widget-container">{inner}</div></div>'
        )

    def box(self, inner: str, name: str = "") -> str:
        return f'<div class="elementor-column elementor-col-33 {name}"><div class="elementor-widget-wrap elementor-element-populated">{inner}</div></div>'

    def heading(self, text: str, level: int = 2) -> str:
        tag = self.random.choice((f"h{level}", f"h{level}", "span", "p")) if level > 2 else f"h{level}"
        return self.widget(
            "heading", f'<{tag} class="elementor-heading-title elementor-size-default">{escape(text)}</{tag}>'
        )

    def para(self, text: str) -> str:
        return self.widget("text-editor", f"<p>{escape(text)}</p>")

    def bullets(self, items: list[str]) -> str:
        rows = "".join(
            f'<li class="elementor-icon-list-item"><span class="elementor-icon-list-icon"><i aria-hidden="true" class="fas fa-check"></i></span>'
            f'<span class="elementor-icon-list-text">{escape(item)}</span></li>'
            for item in items
        )
        return self.widget("icon-list", f'<ul class="elementor-icon-list-items">{rows}</ul>')

    def hours(self, lines: list[Line]) -> str:
        return self.bullets([f"{days} {told}" for days, told in lines])

    def header(self, *parts: str) -> str:
        return f'<div data-elementor-type="header" class="elementor elementor-12 elementor-location-header">{"".join(parts)}</div>'

    def footer(self, *parts: str) -> str:
        return f'<div data-elementor-type="footer" class="elementor elementor-34 elementor-location-footer">{"".join(parts)}</div>'

    def quote(self, text: str, who: str) -> str:
        return self.widget(
            "testimonial",
            f'<div class="elementor-testimonial-content">{escape(text)}</div><div class="elementor-testimonial-name">{escape(who)}</div>',
        )


class Divi(Builder):
    """WordPress with Divi: rows and columns of et_pb modules, blurbs, toggles, pricing tables."""

    name = "divi"
    head = "<script>var et_pb_custom={'ajaxurl':'/wp-admin/admin-ajax.php'};</script>"

    def module(self, kind: str, inner: str) -> str:
        return f'<div class="et_pb_module et_pb_{kind} et_pb_{kind}_{self.random.randrange(40)}  et_pb_text_align_left">{inner}</div>'

    def box(self, inner: str, name: str = "") -> str:
        return f'<div class="et_pb_column et_pb_column_1_3 et_pb_css_mix_blend_mode_passthrough {name}">{inner}</div>'

    def para(self, text: str) -> str:
        return self.module(
            "text", f'<div class="et_pb_text_inner"><p><span style="font-weight: 400;">{escape(text)}</span></p></div>'
        )

    def cards(self, items: list[str]) -> str:
        return "".join(
            self.module(
                "blurb",
                f'<div class="et_pb_blurb_content"><div class="et_pb_blurb_container"><h4 class="et_pb_module_header"><a href="/s/">{escape(item)}</a></h4></div></div>',
            )
            for item in items
        )

    def coupon(self, headline: str, what: str, fine: str) -> str:
        lines = [
            f"<h3>{escape(headline)}</h3>",
            f"<p><strong>{escape(what)}</strong></p>" if what else "",
            f"<p><em>{escape(fine)}</em></p>",
        ]
        return self.box(self.module("text", f'<div class="et_pb_text_inner">{"".join(lines)}</div>'))

    def plan(self, name: str, price: str, benefits: list[str]) -> str:
        listed = "".join(f"<li><span>{escape(one)}</span></li>" for one in benefits)
        return (
            f'<div class="et_pb_pricing_table"><div class="et_pb_pricing_heading"><h2 class="et_pb_pricing_title">{escape(name)}</h2></div>'
            f'<div class="et_pb_pricing_content_top"><span class="et_pb_et_price">{escape(price)}</span></div><ul class="et_pb_pricing">{listed}</ul></div>'
        )

    def hours(self, lines: list[Line]) -> str:
        rows = "".join(f"<tr><td>{days}</td><td>{told}</td></tr>" for days, told in lines)
        return self.module("text", f"<table><tbody>{rows}</tbody></table>")

    def header(self, *parts: str) -> str:
        return f'<div id="top-header"><div class="container clearfix">{parts[0]}</div></div><header id="main-header">{"".join(parts[1:])}</header>'

    def footer(self, *parts: str) -> str:
        return (
            f'<footer class="et-l et-l--footer"><div class="et_builder_inner_content">{"".join(parts)}</div></footer>'
        )

    def main(self, *parts: str) -> str:
        return f'<div id="et-main-area"><div id="main-content"><article class="page type-page"><div class="entry-content">{"".join(parts)}</div></article></div></div>'


class Wix(Builder):
    """Wix: generated class names, paragraphs of styled spans, zero-width spaces, no lists to speak of."""

    name = "wix"
    head = '<script type="application/json" id="wix-warmup-data">{"phone":"(999) 555-0001","coupon":"$25 OFF"}</script>'

    def box(self, inner: str, name: str = "") -> str:
        token = self.token()
        return f'<div id="comp-{token}" class="Vd6aQZ wixui-box"><div class="rX{token[:3]}" data-testid="inline-content">{inner}</div></div>'

    def rich(self, inner: str) -> str:
        return f'<div id="comp-{self.token()}" class="HcOXKn SxM0TO wixui-rich-text" data-testid="richTextElement">{inner}</div>'

    def heading(self, text: str, level: int = 2) -> str:
        tag = f"h{level}" if level < 3 or self.random.random() < 0.5 else "p"
        return self.rich(
            f'<{tag} class="font_{level}" style="font-size:28px;"><span style="letter-spacing:0em;"><span class="color_15 wixui-rich-text__text">{escape(text)}</span></span></{tag}>'
        )

    def para(self, text: str) -> str:
        return self.rich(
            f'<p class="font_8 wixui-rich-text__text"><span style="font-family:avenir-lt-w01">\u200b{escape(text)}</span></p><p class="font_8"><span class="wixGuard">\u200b</span></p>'
        )

    def bullets(self, items: list[str]) -> str:
        return self.rich("".join(f'<p class="font_8"><span>{escape(item)}</span></p>' for item in items))

    def cards(self, items: list[str]) -> str:
        return "".join(
            self.box(self.rich(f'<h3 class="font_3"><a href="/x" target="_self">{escape(item)}</a></h3>'))
            for item in items
        )

    def coupon(self, headline: str, what: str, fine: str) -> str:
        return self.box(
            self.heading(headline, 3)
            + (self.para(what) if what else "")
            + self.rich(f'<p class="font_9"><span>{escape(fine)}</span></p>')
        )

    def hours(self, lines: list[Line]) -> str:
        return self.rich("".join(f'<p class="font_8"><span>{days}: {told}</span></p>' for days, told in lines))

    def header(self, *parts: str) -> str:
        return f'<header id="SITE_HEADER" class="x4bq" tabindex="-1">{"".join(parts)}</header>'

    def footer(self, *parts: str) -> str:
        return f'<footer id="SITE_FOOTER" class="SITE_FOOTER_WRAPPER">{"".join(parts)}</footer>'

    def nav(self, links: list[Line]) -> str:
        return (
            '<nav aria-label="Site">'
            + "".join(
                f'<div class="item"><a href="{href}"><div><p>{escape(text)}</p></div></a></div>' for text, href in links
            )
            + "</nav>"
        )

    def quote(self, text: str, who: str) -> str:
        return f'<div class="wixui-testimonials" id="comp-testimonial-{self.token()}"><p>"{escape(text)}"</p><p>{escape(who)}</p></div>'


class Squarespace(Builder):
    """Squarespace: sqs blocks, text in one HTML block, lines broken by <br>, everything a paragraph."""

    name = "squarespace"
    head = '<script>Static.SQUARESPACE_CONTEXT = {"website":{"contactPhoneNumber":"9995550002"}};</script>'

    def block(self, inner: str, kind: str = "html") -> str:
        return f'<div class="sqs-block {kind}-block sqs-block-{kind}" data-block-type="2" id="block-{self.token()}"><div class="sqs-block-content"><div class="sqs-html-content">{inner}</div></div></div>'

    def box(self, inner: str, name: str = "") -> str:
        return f'<div class="fe-block fe-block-{self.token()}">{inner}</div>'

    def heading(self, text: str, level: int = 2) -> str:
        return self.block(f'<h{level} style="white-space:pre-wrap;">{escape(text)}</h{level}>')

    def para(self, text: str) -> str:
        return self.block(f'<p class="sqsrte-large" style="white-space:pre-wrap;">{escape(text)}</p>')

    def bullets(self, items: list[str]) -> str:
        listed = "".join(f'<li><p class="" style="white-space:pre-wrap;">{escape(item)}</p></li>' for item in items)
        return self.block(f'<ul data-rte-list="default">{listed}</ul>')

    def coupon(self, headline: str, what: str, fine: str) -> str:
        middle = f"<p>{escape(what)}</p>" if what else ""
        return self.block(f"<h3>{escape(headline)}</h3>{middle}<p><em>{escape(fine)}</em></p>")

    def plan(self, name: str, price: str, benefits: list[str]) -> str:
        return self.block(
            f"<h3>{escape(name)}</h3><p><strong>{escape(price)}</strong></p><ul>{''.join(f'<li><p>{escape(one)}</p></li>' for one in benefits)}</ul>"
        )

    def hours(self, lines: list[Line]) -> str:
        return self.block("<p>" + "<br/>".join(f"<strong>{days}</strong><br>{told}" for days, told in lines) + "</p>")

    def header(self, *parts: str) -> str:
        return f'<header data-test="header" id="header" class="header theme-col--primary">{"".join(parts)}</header>'

    def footer(self, *parts: str) -> str:
        return f'<footer class="sections" id="footer-sections" data-footer-sections>{"".join(parts)}</footer>'

    def main(self, *parts: str) -> str:
        return f'<main id="page" class="container" role="main"><article class="sections" id="sections">{"".join(parts)}</article></main>'


class Agency(Builder):
    """Agency platforms for contractors: semantic sections with short class names, definition lists, split coupons."""

    name = "agency"
    head = '<script type="text/template"><div class="coupon">$75 OFF anything</div></script>'

    def box(self, inner: str, name: str = "") -> str:
        return f'<div class="flx fwk {name}" data-role="item">{inner}</div>'

    def heading(self, text: str, level: int = 2) -> str:
        return f"<h{level}><em>{escape(text.split(' ', maxsplit=1)[0])}</em> <strong>{escape(' '.join(text.split(' ')[1:]))}</strong></h{level}>"

    def phone(self, label: str, number: str, shown: str) -> str:
        before, _, after = label.partition(shown)
        return f'<a class="phone-link" href="tel:{number}" data-process="replace"><span>{escape(before)}</span><strong>{shown}</strong>{escape(after)}</a>'

    def coupon(self, headline: str, what: str, fine: str) -> str:
        return (
            f'<li class="cpn-itm" data-item="i"><a href="/specials/print/?ID={self.random.randrange(999)}"><strong class="ttl">{escape(headline)}</strong>'
            f'<span class="info">{escape(what)}</span><time>{escape(fine)}</time></a></li>'
        )

    def plan(self, name: str, price: str, benefits: list[str]) -> str:
        return f'<li class="pln"><strong class="title">{escape(name)}</strong><div class="amt">{escape(price)}</div>{self.bullets(benefits)}</li>'

    def hours(self, lines: list[Line]) -> str:
        return '<dl class="hrs">' + "".join(f"<dt>{days}</dt><dd>{told}</dd>" for days, told in lines) + "</dl>"

    def cards(self, items: list[str]) -> str:
        return (
            '<ul class="svc-lst">'
            + "".join(
                f'<li><a href="/{item.lower().replace(" ", "-")}/"><svg></svg><span>{escape(item)}</span></a></li>'
                for item in items
            )
            + "</ul>"
        )

    def quote(self, text: str, who: str) -> str:
        return f'<blockquote class="rvw"><q>{escape(text)}</q><cite>{escape(who)}</cite></blockquote>'


BUILDERS: tuple[type[Builder], ...] = (Elementor, Divi, Wix, Squarespace, Agency)
