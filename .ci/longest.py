"""The longest functions and modules of the four packages, by lines with code or words in them."""

import ast
from pathlib import Path

TOP = Path(__file__).resolve().parent.parent
LISTED = 5


def main() -> None:
    modules, functions = [], []
    for package in ("planning", "sim", "forecasts", "reports"):
        for path in sorted((TOP / package).rglob("*.py")):
            text, name = path.read_text(encoding="utf-8"), path.relative_to(TOP).as_posix()
            modules.append((len(text.splitlines()), name))
            functions += [
                (node.end_lineno - node.lineno + 1, f"{name}:{node.lineno} {node.name}")
                for node in ast.walk(ast.parse(text))
                if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef)
            ]
    for title, found in (("functions", functions), ("modules", modules)):
        print(f"the longest {title}")
        for lines, name in sorted(found, reverse=True)[:LISTED]:
            print(f"{lines:>6}  {name}")


if __name__ == "__main__":
    main()
