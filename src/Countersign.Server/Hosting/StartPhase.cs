namespace Countersign.Server.Hosting;

/// <summary>Whether the server has started. What fails before that ends the process with a sentence, and the host's own line with the stack is left out.</summary>
sealed class StartPhase
{
    volatile bool _isOver;

    public void End() => _isOver = true;

    /// <summary>Whether a log line only repeats what the sentence will say.</summary>
    public bool Hides(string? category, LogLevel level) => !_isOver && level >= LogLevel.Error
        && (category is "Microsoft.Extensions.Hosting.Internal.Host" || category?.StartsWith("Microsoft.AspNetCore.Server.Kestrel", StringComparison.Ordinal) == true);
}
