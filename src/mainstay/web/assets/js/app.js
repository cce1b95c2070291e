// The pages work without this; it saves reloads, adds keys, and draws PNG files.
import "htmx.org";
import { calendar } from "./calendar.js";
import { dialogs } from "./dialogs.js";
import { figures } from "./figures.js";
import { finder } from "./finder.js";
import { keys } from "./keys.js";
import { selection } from "./selection.js";
import { studio } from "./studio.js";
import { uploads } from "./uploads.js";

calendar(document);
dialogs(document);
figures(document);
finder(document);
keys(document);
selection(document);
studio(document);
uploads(document);
