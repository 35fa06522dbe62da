using System.Collections.Concurrent;
using Microsoft.Extensions.Logging;

namespace Countersign.Server.Tests.Running;

/// <summary>Keeps every line that the server logs, with its values, exception and scopes.</summary>
[ProviderAlias("Captured")]
public sealed class CapturedLogs : ILoggerProvider, ISupportExternalScope
{
    readonly ConcurrentQueue<LogLine> _lines = new();
    readonly Lock _gate = new();
    readonly List<(Func<LogLine, bool> Wanted, TaskCompletionSource<LogLine> Found)> _waiting = [];
    IExternalScopeProvider _scopes = new LoggerExternalScopeProvider();

    public IEnumerable<LogLine> Lines => _lines;

    /// <summary>The first line, past or to come, that is wanted.</summary>
    public Task<LogLine> WaitForAsync(Func<LogLine, bool> wanted)
    {
        lock (_gate)
        {
            if (_lines.FirstOrDefault(wanted) is { } line)
            {
                return Task.FromResult(line);
            }

            var found = new TaskCompletionSource<LogLine>(TaskCreationOptions.RunContinuationsAsynchronously);
            _waiting.Add((wanted, found));
            return found.Task.WaitAsync(RunningServer.Patience);
        }
    }

    public ILogger CreateLogger(string categoryName) => new Logger(this, categoryName);

    public void SetScopeProvider(IExternalScopeProvider scopeProvider) => _scopes = scopeProvider;

    public void Dispose()
    {
    }

    void Keep(LogLine line)
    {
        lock (_gate)
        {
            _lines.Enqueue(line);
            foreach (var (_, found) in _waiting.Where(waiter => waiter.Wanted(line)))
            {
                found.TrySetResult(line);
            }
        }
    }

    sealed class Logger(CapturedLogs logs, string category) : ILogger
    {
        public IDisposable? BeginScope<TState>(TState state)
            where TState : notnull => logs._scopes.Push(state);

        public bool IsEnabled(LogLevel logLevel) => true;

        public void Log<TState>(LogLevel logLevel, EventId eventId, TState state, Exception? exception, Func<TState, Exception?, string> formatter)
        {
            var parts = new List<string> { formatter(state, exception), exception?.ToString() ?? "" };
            if (state is IEnumerable<KeyValuePair<string, object?>> values)
            {
                parts.AddRange(values.Select(value => $"{value.Key}={value.Value}"));
            }

            logs._scopes.ForEachScope((scope, list) => list.Add($"{scope}"), parts);
            logs.Keep(new LogLine(category, logLevel, eventId.Id, string.Join(" | ", parts)));
        }
    }
}

public sealed record LogLine(string Category, LogLevel Level, int EventId, string Text);
