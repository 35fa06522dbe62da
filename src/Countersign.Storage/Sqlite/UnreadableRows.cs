using System.Collections.Concurrent;
using Countersign.Core.Privacy;
using Microsoft.Extensions.Logging;

namespace Countersign.Storage.Sqlite;

/// <summary>
/// Rows of a table that is held in memory which are there and cannot be read: a seal that does not open, a document that does not parse. Each fails by itself, when somebody needs it; the start
/// and all other rows go on. They are read again by the next start, or when they are written anew.
/// </summary>
/// <param name="topic">What the table is called in the log.</param>
/// <param name="logger">Is told of each row once.</param>
sealed partial class UnreadableRows<TKey>(string topic, ILogger logger)
    where TKey : notnull
{
    readonly ConcurrentDictionary<TKey, Exception> _problems = new();

    /// <summary>Why each cannot be read.</summary>
    public IEnumerable<KeyValuePair<TKey, Exception>> All => _problems;

    /// <summary>Reads a row of the statement, whose column <paramref name="position"/> says which it is.</summary>
    /// <param name="rows">The statement.</param>
    /// <param name="position">A column that holds a number whatever happened to the others.</param>
    /// <param name="key">Reads its key. Where that fails nobody can ask for it, and only the log knows of it.</param>
    /// <param name="read">Reads the rest of it.</param>
    public void Read(Statement rows, int position, Func<TKey> key, Action<TKey> read)
    {
        string? name = null;
        try
        {
            var found = key();
            name = $"{found}";
            try
            {
                read(found);
            }
            catch (Exception problem) when (problem is not SqliteFailure)
            {
                // A key that is missing, a seal that does not open, a document that does not parse: whatever it is, it is this row's.
                _problems[found] = problem;
                throw;
            }
        }
        catch (Exception problem) when (problem is not SqliteFailure)
        {
            LogUnreadable(topic, name ?? $"in row {rows.Long(position)}", problem.GetType().Name);
        }
    }

    /// <summary>Whether it is one of these.</summary>
    public bool Has(TKey key) => !_problems.IsEmpty && _problems.ContainsKey(key);

    /// <summary>Does nothing for a row that is not one of these.</summary>
    /// <exception cref="UnknownKeyException">It opens with a key that is missing.</exception>
    /// <exception cref="Core.Verifications.StoreUnavailableException">It cannot be read for another reason.</exception>
    public void Refuse(TKey key)
    {
        if (!_problems.IsEmpty && _problems.TryGetValue(key, out var problem))
        {
            throw UnreadableRow.Refusal(problem, $"{topic}/{key}");
        }
    }

    /// <summary>It was removed, or written anew, by the batch under way.</summary>
    public void Forget(WriteContext context, TKey key)
    {
        if (Has(key))
        {
            context.OnCommit(() => _problems.TryRemove(key, out _));
        }
    }

    [LoggerMessage(3104, LogLevel.Error, "{Topic} {Name} cannot be read: whoever needs it gets 503, everything else goes on ({Problem})")]
    partial void LogUnreadable(string topic, string name, string problem);
}
