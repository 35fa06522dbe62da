using Countersign.Core.Lookups;
using Countersign.Core.Numbers;
using Countersign.Server.Hosting;
using Microsoft.VisualBasic.FileIO;

namespace Countersign.Server.Lines;

/// <summary>
/// The operator's table of ranges, in memory: CSV (RFC 4180) whose first line names the columns, of which only <c>prefix</c> must be there. Looked at every minute; another file in
/// its place is taken whole or not at all.
/// </summary>
sealed partial class RangeFile : ILineTable, IDisposable
{
    const string Setting = "Countersign:Lookup:Ranges";

    static readonly TimeSpan Every = TimeSpan.FromMinutes(1);

    readonly string _path;
    readonly ILogger<RangeFile> _logger;
    readonly ITimer _timer;
    NumberRanges _ranges;
    (DateTime Written, long Length) _stamp;

    /// <summary>Reads it.</summary>
    /// <exception cref="StartException">There is no such file, or it cannot be understood.</exception>
    public RangeFile(LineOptions options, TimeProvider time, ILogger<RangeFile> logger)
    {
        (_path, _logger) = (options.Ranges!, logger);
        try
        {
            _stamp = StampOf();
            _ranges = Read(_path);
        }
        catch (Exception problem) when (IsOfFile(problem))
        {
            throw new StartException($"{Setting} cannot be used: {_path}: {problem.Message}");
        }

        _timer = time.CreateTimer(static file => ((RangeFile)file!).Refresh(), this, Every, Every);
    }

    /// <inheritdoc/>
    public NumberRange? Find(PhoneNumber number) => Volatile.Read(ref _ranges).Find(number);

    public void Dispose() => _timer.Dispose();

    /// <summary>Reads a table.</summary>
    /// <exception cref="FormatException">A line cannot be understood; the message says which and why.</exception>
    public static NumberRanges Read(string path)
    {
        using var parser = new TextFieldParser(path) { Delimiters = [","], TrimWhiteSpace = true };
        parser.HasFieldsEnclosedInQuotes = true;
        var columns = Array.ConvertAll(Next(parser) ?? [], static name => name.ToLowerInvariant());
        var (prefix, mcc, mnc, carrier, type) = (At("prefix"), At("mcc"), At("mnc"), At("carrier"), At("type"));
        if (prefix < 0)
        {
            throw new FormatException("The first line must name the columns, one of them prefix; others are mcc, mnc, carrier, type.");
        }

        var ranges = new NumberRanges();
        var names = new Dictionary<NumberRange, NumberRange>();
        for (var line = parser.LineNumber; Next(parser) is { } fields; line = parser.LineNumber)
        {
            string? Field(int column) => column >= 0 && column < fields.Length && fields[column].Length > 0 ? fields[column] : null;

            var kind = LineType.Unknown;
            if (Field(type) is { } named && !LineNames.TryRead(named, out kind))
            {
                throw new FormatException($"Line {line}: {named} is no type of line. Write one of: {LineNames.All}.");
            }

            var range = new NumberRange(Code(Field(mcc), 3, 3, line, "mcc"), Code(Field(mnc), 2, 3, line, "mnc"), Field(carrier), kind);
            if (!names.TryGetValue(range, out var same))
            {
                names[range] = same = range;
            }

            if (!ranges.TryAdd(Field(prefix), same))
            {
                throw new FormatException($"Line {line}: the prefix must be 1 to {NumberRanges.MaxDigits} digits of an international number, and stand there once.");
            }
        }

        return ranges;

        int At(string name) => Array.IndexOf(columns, name);
    }

    static string[]? Next(TextFieldParser parser)
    {
        try
        {
            return parser.ReadFields();
        }
        catch (MalformedLineException)
        {
            throw new FormatException($"Line {parser.ErrorLineNumber} is not CSV.");
        }
    }

    static string? Code(string? text, int least, int most, long line, string name) =>
        text is null || (text.Length >= least && text.Length <= most && !text.AsSpan().ContainsAnyExceptInRange('0', '9'))
            ? text
            : throw new FormatException($"Line {line}: {name} must be {(least == most ? $"{least}" : $"{least} or {most}")} digits.");

    // One look at a time: a timer does not wait for the one before.
    void Refresh()
    {
        lock (_timer)
        {
            var before = _stamp;
            try
            {
                if (StampOf() is var stamp && stamp == before)
                {
                    return;
                }

                _stamp = stamp;
                var ranges = Read(_path);
                Volatile.Write(ref _ranges, ranges);
                LogRead(Setting, ranges.Count);
            }
            catch (Exception problem) when (IsOfFile(problem))
            {
                if (problem is not FormatException)
                {
                    // What stands in the file is not known: it may be let us at without another change of it.
                    _stamp = before;
                }

                LogKept(Setting, problem.Message);
            }
        }
    }

    (DateTime Written, long Length) StampOf()
    {
        var file = new FileInfo(_path);
        return (file.LastWriteTimeUtc, file.Length);
    }

    static bool IsOfFile(Exception problem) => problem is IOException or UnauthorizedAccessException or FormatException;

    [LoggerMessage(EventId = 860, Level = LogLevel.Information, Message = "{Setting}: read again, {Count} ranges.")]
    partial void LogRead(string setting, int count);

    [LoggerMessage(EventId = 861, Level = LogLevel.Warning, Message = "{Setting}: the file was changed and cannot be used; what was read before is kept. {Problem}")]
    partial void LogKept(string setting, string problem);
}
