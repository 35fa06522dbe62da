namespace Countersign.Server.Workers;

/// <summary>Whether whoever told the server to stop does not want to wait for what carriers have in their hands: said by a second signal.</summary>
#pragma warning disable CA1001 // It may be said until the process ends.
sealed class Hurry
{
#pragma warning restore CA1001
    readonly CancellationTokenSource _said = new();

    public CancellationToken Token => _said.Token;

    public void Say() => _said.Cancel();
}
