export const webviewScript = '<script src="/__simulator/webview.js"></script>'

/** Puts the webview's script before the page's first script, so that it runs before any of ours. */
export function injectScript(html: string): string {
  const firstScript = /<script[\s>]/i.exec(html)?.index
  const firstPreload = /<link[^>]+modulepreload/i.exec(html)?.index
  const places = [firstScript, firstPreload, html.search(/<\/head>/i), html.search(/<body[\s>]/i)].filter((at) => at !== undefined && at >= 0)
  const place = places.length === 0 ? 0 : Math.min(...places.filter((at) => at !== undefined))
  return html.slice(0, place) + webviewScript + html.slice(place)
}
