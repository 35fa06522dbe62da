namespace Countersign.Storage.Steps;

/// <summary>A store that many processes share, as <see cref="StepPump"/> uses it.</summary>
interface IStepBackend
{
    /// <summary>Does what can be done for a decision before its batch is sent, such as sealing. Runs on the caller's thread, many at a time, and again after each new decision.</summary>
    void Prepare(StepEntry entry);

    /// <summary>Before each exchange, in the order in which the batches are sent, one at a time: takes the batch's place among those whose messages wait. Does not wait itself.</summary>
    void Reserve(IReadOnlyList<StepEntry> entries);

    /// <summary>
    /// One exchange with the store. For entries in <see cref="StepPhase.Read"/> it sets <see cref="StepEntry.Current"/>. For those in <see cref="StepPhase.Write"/> it keeps the
    /// decision with its message and its alarm, each in one atomic and durable step, if what is stored is still <see cref="StepEntry.Current"/>, and sets
    /// <see cref="StepEntry.Kept"/>; else it changes nothing of that entry. A read may be as of the moment before the writes. Up to <see cref="StepPump.InFlight"/> exchanges run at a time, and
    /// no two of them, nor two entries of one, are about one <see cref="StepEntry.Lane"/>. Where only a part of the entries failed, those get a <see cref="StepEntry.Problem"/>.
    /// </summary>
    /// <exception cref="Core.Verifications.StoreUnavailableException">The store did not answer: each write may have been kept or not.</exception>
    Task ExchangeAsync(IReadOnlyList<StepEntry> entries);

    /// <summary>After an exchange, in the order in which the batches were sent: hands over to the dispatcher what was kept and has a message.</summary>
    void HandOver(IReadOnlyList<StepEntry> entries);
}
