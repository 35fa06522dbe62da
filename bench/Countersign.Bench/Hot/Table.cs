namespace Countersign.Bench.Hot;

/// <summary>Rows of text under titles, for the terminal and for Markdown. The first columns, with words in them, are set left; numbers right.</summary>
sealed class Table(int words, params string[] titles)
{
    readonly List<string[]> _rows = [titles];

    public static Table Of<T>(IEnumerable<T> rows, int words, params (string Title, Func<T, string> Cell)[] columns)
    {
        var table = new Table(words, Array.ConvertAll(columns, column => column.Title));
        foreach (var row in rows)
        {
            table.Add(Array.ConvertAll(columns, column => column.Cell(row)));
        }

        return table;
    }

    public void Add(params string[] cells) => _rows.Add(cells);

    public void WriteText(TextWriter output)
    {
        var widths = titles.Select((_, column) => _rows.Max(row => row[column].Length)).ToArray();
        foreach (var row in _rows)
        {
            output.WriteLine(string.Join("  ", row.Select((cell, column) => column < words ? cell.PadRight(widths[column]) : cell.PadLeft(widths[column]))).TrimEnd());
        }
    }

    public void WriteMarkdown(TextWriter output)
    {
        output.WriteLine($"| {string.Join(" | ", titles)} |");
        output.WriteLine($"|{string.Concat(titles.Select((_, column) => column < words ? "---|" : "--:|"))}");
        foreach (var row in _rows.Skip(1))
        {
            output.WriteLine($"| {string.Join(" | ", row)} |");
        }
    }
}
