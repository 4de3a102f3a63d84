/** What leaves the page: a handout, an export, a link. Loaded when first asked for. */
import {attachedFiles, attachmentLinks} from "./files.ts";
import {inertHtml} from "./inert.ts";
import {download} from "./keeping.ts";
import type {Page} from "./page.ts";
import {embeddedFonts, linkedFonts, neededFonts, printDocument, staticDocument} from "./printing.ts";
import {openShareDialog} from "./share-dialog.ts";

/** What the cells show, as HTML that does nothing. */
export async function inertParts(page: Page): Promise<{body: string; css: string}> {
  const {body, css} = await page.staticParts();
  return {body: inertHtml(String(body)), css: String(css)};
}

/** Prints what the cells show, with the code that is kept in sight. */
export async function print(page: Page): Promise<void> {
  await printDocument(staticDocument({title: page.document.title, fonts: linkedFonts(page.options.fonts), ...(await inertParts(page))}));
}

/** The notebook with its outputs and its attached files as one file that needs nothing else. */
export async function exportedHtml(page: Page): Promise<string> {
  const {options, document} = page;
  const [{body, css}, files] = await Promise.all([inertParts(page), attachmentLinks(options.address)]);
  const withFonts = (fonts: string, more = "") => staticDocument({title: document.title, css, fonts, body: body + more});
  const fonts = await embeddedFonts(await neededFonts(options.fonts, withFonts));
  return withFonts(fonts, files ? `\n${files.outerHTML}` : "");
}

/** Hands the export to the browser. */
export async function exportFile(page: Page): Promise<void> {
  download(page.keeper.fileName().replace(/(\.html)?$/, "-with-outputs.html"), await exportedHtml(page));
}

/** Shows a link to the notebook: to the site's own where it is unchanged, else with its text inside. */
export async function share({options: {sharedAddress, address}, keeper, session}: Page): Promise<void> {
  const isChanged = sharedAddress === undefined || keeper.hasChanges();
  await openShareDialog({notebook: isChanged ? {text: keeper.text()} : {address: sharedAddress}, settings: await session.viewValues(), attached: await attachedFiles(address)});
}
