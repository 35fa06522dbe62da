using System.Reflection;
using Microsoft.Extensions.Logging;

namespace Countersign.Server.Tests.Hosting;

/// <summary>A log line is known by its number: what an operator's rules look for is one line, not two.</summary>
public sealed class LogEventIdTests
{
    [Fact]
    public void Each_log_line_has_a_number_of_its_own()
    {
        var lines = (
            from assembly in new[] { typeof(Core.Sid).Assembly, typeof(Storage.IStores).Assembly, typeof(Carriers.CarriersRegistration).Assembly, typeof(Server.Hosting.CountersignHost).Assembly }
            from type in assembly.GetTypes()
            from method in type.GetMethods(BindingFlags.Instance | BindingFlags.Static | BindingFlags.Public | BindingFlags.NonPublic | BindingFlags.DeclaredOnly)
            let line = method.GetCustomAttribute<LoggerMessageAttribute>()
            where line is not null
            select (line.EventId, Name: $"{type.Name}.{method.Name}")).ToList();

        Assert.True(lines.Count > 50, $"Only {lines.Count} were found.");
        Assert.Empty(lines.GroupBy(line => line.EventId).Where(group => group.Count() > 1).Select(group => $"{group.Key}: {string.Join(", ", group.Select(line => line.Name))}"));
    }
}
