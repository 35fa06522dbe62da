using System.Net;
using Countersign.Server.Hosting;
using MaxMind.Db;

namespace Countersign.Server.GeoIp;

/// <summary>
/// One database in MaxMind's format, mapped into memory, and opened again when another file lies in its place. The one before stays open until the next look, a minute later,
/// since lookups may still be in it.
/// </summary>
sealed partial class MmdbFile<TRow> : IDisposable
    where TRow : class
{
    readonly string _path;
    readonly string _setting;
    readonly Func<string, bool> _fits;
    readonly ILogger _logger;
    Reader _reader;
    Reader? _before;
    (DateTime Written, long Length) _stamp;
    int _saidItCannotBeRead;

    /// <summary>Opens it.</summary>
    /// <exception cref="StartException">There is no such file, or it is no database of this kind.</exception>
    public MmdbFile(string path, string setting, Func<string, bool> fits, ILogger logger)
    {
        (_path, _setting, _fits, _logger) = (path, setting, fits, logger);
        try
        {
            (_reader, _stamp) = Open();
        }
        catch (Exception problem) when (IsOfFile(problem))
        {
            throw new StartException($"{setting} cannot be used: {path}: {problem.Message}");
        }
    }

    /// <summary>The row of an address; null for none, and for one that is written otherwise than we read.</summary>
    public TRow? Find(IPAddress address)
    {
        try
        {
            return Volatile.Read(ref _reader).Find<TRow>(address);
        }
        catch (Exception problem) when (problem is DeserializationException or InvalidDatabaseException)
        {
            if (Interlocked.Exchange(ref _saidItCannotBeRead, 1) == 0)
            {
                LogRow(_setting, problem.GetType().Name);
            }

            return null;
        }
    }

    /// <summary>Opens the file again if it is another. One that is no such database is left alone until it changes again.</summary>
    public void Refresh()
    {
        _before?.Dispose();
        _before = null;
        var known = _stamp;
        try
        {
            if (StampOf() is var stamp && stamp == known)
            {
                return;
            }

            _stamp = stamp;
            var (reader, _) = Open();
            (_before, _reader) = (_reader, reader);
            _saidItCannotBeRead = 0;
            LogOpened(_setting, reader.Metadata.DatabaseType, reader.Metadata.BuildDate);
        }
        catch (Exception problem) when (IsOfFile(problem))
        {
            if (problem is IOException or UnauthorizedAccessException)
            {
                // What stands in the file is not known: it may be let us at without another change of it.
                _stamp = known;
            }

            LogKept(_setting, problem.Message);
        }
    }

    public void Dispose()
    {
        _before?.Dispose();
        _reader.Dispose();
    }

    (Reader Reader, (DateTime Written, long Length) Stamp) Open()
    {
        var stamp = StampOf();
        var reader = new Reader(_path, FileAccessMode.MemoryMapped);
        if (!_fits(reader.Metadata.DatabaseType))
        {
            var type = reader.Metadata.DatabaseType;
            reader.Dispose();
            throw new InvalidDatabaseException($"it is a database of type {type}. Countersign:GeoIp:City takes one of cities or countries, Countersign:GeoIp:Asn one of networks.");
        }

        return (reader, stamp);
    }

    (DateTime Written, long Length) StampOf()
    {
        var file = new FileInfo(_path);
        return file.Exists ? (file.LastWriteTimeUtc, file.Length) : throw new FileNotFoundException("there is no such file.");
    }

    static bool IsOfFile(Exception problem) => problem is IOException or UnauthorizedAccessException or InvalidDatabaseException or DeserializationException or ArgumentException;

    [LoggerMessage(9401, LogLevel.Information, "{Setting}: opened a new {Type} of {Built}")]
    partial void LogOpened(string setting, string type, DateTime built);

    [LoggerMessage(9402, LogLevel.Warning, "{Setting}: the file has changed and cannot be used, so the one before stays: {Problem}")]
    partial void LogKept(string setting, string problem);

    [LoggerMessage(9403, LogLevel.Warning, "{Setting}: a row is not written as expected ({Problem}); such addresses count as unknown")]
    partial void LogRow(string setting, string problem);
}
